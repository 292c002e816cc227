package tern.runtime.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary.Plan;

/// Consecutive layers of a model on one device, with the embedding before the first or the head after the last. The weights are brought
/// there once, packed as they are, for all sessions.
///
/// @param kernels   for the operations of all sessions
/// @param packed    weights of these layers
/// @param layers    at least one
/// @param embedding null unless this is the first part
/// @param head      null unless this is the last part
record StageWeights(
        Device device,
        OpKernels kernels,
        Plan plan,
        PackedWeights packed,
        List<Layer> layers,
        @Nullable Buffer embedding,
        @Nullable Head head) {

    /// Weights of one layer.
    ///
    /// @param index   in the model
    /// @param norms   by name within the layer, e.g. `attn_norm`
    /// @param weights by projection, then by weight parameter
    record Layer(int index, Map<String, Buffer> norms, List<List<Buffer>> weights, List<List<Buffer>> scales) {}

    /// @param norm before it
    /// @param rows `[vocabulary, hidden]`
    record Head(Buffer norm, Buffer rows, Element element, Buffer int8Head) {}

    /// @throws tern.ir.device.DeviceException if the device has not the memory
    static StageWeights of(Device device, ModelSource model, List<Projection> projections, Plan plan, PackedWeights packed) {
        ModelConfig c = model.config();
        Span span = packed.span();
        var layers = new ArrayList<Layer>();
        for (int i = span.first(); i < span.end(); i++) {
            var weights = new ArrayList<List<Buffer>>();
            var scales = new ArrayList<List<Buffer>>();
            for (int p = 0; p < projections.size(); p++) {
                var weightsOf = new ArrayList<Buffer>();
                var scalesOf = new ArrayList<Buffer>();
                for (int w = 0; w < projections.get(p).weights().size(); w++) {
                    PackedWeights.Packed one = packed.packed(i - span.first(), p, w);
                    weightsOf.add(device.share(one.weights()));
                    scalesOf.add(device.share(one.scales()));
                }
                weights.add(weightsOf);
                scales.add(scalesOf);
            }
            var norms = new HashMap<String, Buffer>();
            for (TensorNames.Shape norm : TensorNames.normsOfLayer(c))
                norms.put(norm.name(), device.share(model.norm(TensorNames.inLayer(i, norm.name()), norm.k())));
            layers.add(new Layer(i, norms, weights, scales));
        }
        boolean begins = span.first() == 0, ends = span.end() == c.layers();
        Buffer embedding = begins ? device.share(model.embedding()) : null;
        return new StageWeights(
                device, new OpKernels(device), plan, packed, List.copyOf(layers), embedding, ends ? head(device, model, embedding, packed) : null);
    }

    private static Head head(Device device, ModelSource model, @Nullable Buffer embedding, PackedWeights packed) {
        ModelConfig c = model.config();
        Buffer rows = c.block().tiedHead() && embedding != null ? embedding : device.share(model.head());
        return new Head(
                device.share(model.norm("output_norm.weight", c.hidden())), rows, model.headElement(), device.share(packed.int8Head()));
    }
}
