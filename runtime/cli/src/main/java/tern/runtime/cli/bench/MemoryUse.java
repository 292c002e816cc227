package tern.runtime.cli.bench;

import java.util.Locale;
import java.util.Optional;
import tern.runtime.cli.option.MachineMemory;
import tern.runtime.model.Footprint;
import tools.jackson.databind.node.ObjectNode;

/// The memory that a run took, beside that of the model by arithmetic.
///
/// @param model    packed model and key-value cache
/// @param resident of the process; empty where the OS does not tell
/// @param heap     bytes of the JVM's heap that are taken from the OS
public record MemoryUse(Footprint model, Optional<MachineMemory.Resident> resident, long heap) {

    /// Now.
    static MemoryUse of(Footprint model) {
        return new MemoryUse(model, MachineMemory.HERE.resident(), Runtime.getRuntime().totalMemory());
    }

    /// Peak by the bytes of model and cache.
    public double ratio() {
        return resident.map(r -> (double) r.peak() / model.total()).orElse(Double.NaN);
    }

    /// Lines to print.
    public String lines() {
        String text = String.format(Locale.ROOT,
                "model and cache: %.0f MB (packed weights %.0f, int8 head %.0f, embedding and head %.0f, cache %.0f)%n",
                model.total() * 1e-6, model.weights() * 1e-6, model.int8Head() * 1e-6, model.tables() * 1e-6, model.cache() * 1e-6);
        return text + resident.map(r -> String.format(Locale.ROOT,
                        "peak memory: %.0f MB resident, %.2f of that (when generation ended %.0f MB of mapped files, %.0f MB other, of which the heap has at most %.0f)%n",
                        r.peak() * 1e-6, ratio(), r.files() * 1e-6, r.anonymous() * 1e-6, heap * 1e-6))
                .orElse("peak memory: this OS does not tell\n");
    }

    void addTo(ObjectNode node) {
        ObjectNode memory = node.putObject("memory");
        memory.put("packed_weight_bytes", model.weights());
        memory.put("int8_head_bytes", model.int8Head());
        memory.put("embedding_and_head_bytes", model.tables());
        memory.put("cache_bytes", model.cache());
        memory.put("model_and_cache_bytes", model.total());
        memory.put("heap_bytes", heap);
        resident.ifPresentOrElse(
                r -> memory.put("peak_resident_bytes", r.peak())
                        .put("resident_file_bytes", r.files())
                        .put("resident_other_bytes", r.anonymous())
                        .put("peak_by_model_and_cache", ratio()),
                () -> memory.putNull("peak_resident_bytes"));
    }
}
