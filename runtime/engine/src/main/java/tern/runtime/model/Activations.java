package tern.runtime.model;

import java.util.List;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary.Choice;
import tern.ir.device.KernelLibrary.Plan;

/// What flows through the layers of a part, in memory that all of them share.
///
/// @param tokens i32 `[batch]`
/// @param x      the residual stream, f32 `[batch, hidden]`
/// @param queries,keys,values,gate,up where the block computes them separately
/// @param normed of the last norm, f32 `[batch, hidden]`
record Activations(
        Buffer tokens, Buffer x, Buffer quantised, Buffer scale, Buffer prepared, Buffer queries, Buffer keys, Buffer values, Buffer qkv,
        Buffer attention, Buffer gate, Buffer up, Buffer ffn, Buffer normed) {

    /// Of what a block does not have.
    private static final long NONE = 4;

    static Activations of(Device device, ModelConfig c, List<Projection> projections, Plan plan, int batch) {
        long widest = Math.max(Math.max(c.hidden(), c.ffn()), c.attentionWidth());
        long preparedBytes = 0;
        for (Projection p : projections) {
            Choice choice = plan.choice(p.use().name());
            preparedBytes = Math.max(preparedBytes, Math.max(choice.step().preparedBytes(), choice.batch().preparedBytes()));
        }
        int group = c.block().inputGroup();
        long scales = group == 0 ? 1 : Math.ceilDiv(widest, group);
        long heads = c.block().splitsAttention() ? 4L * batch * c.headDim() : 0;
        long gates = c.block().splitsGate() ? 4L * batch * c.ffn() : NONE;
        return new Activations(
                device.allocate(4L * batch),
                device.allocate(4L * batch * c.hidden()),
                device.allocate(batch * widest),
                device.allocate(4L * batch * scales),
                device.allocate(preparedBytes),
                device.allocate(Math.max(NONE, heads * c.heads())),
                device.allocate(Math.max(NONE, heads * c.kvHeads())),
                device.allocate(Math.max(NONE, heads * c.kvHeads())),
                device.allocate(4L * batch * c.qkvRows()),
                device.allocate(4L * batch * c.attentionWidth()),
                device.allocate(gates),
                device.allocate(gates),
                device.allocate(4L * batch * c.ffn()),
                device.allocate(4L * batch * c.hidden()));
    }
}
