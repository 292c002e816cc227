package tern.runtime.cli.bench;

import java.util.Optional;
import tern.runtime.cli.option.MachineMemory;
import tern.runtime.cli.option.MachineMemory.Resident;
import tern.runtime.cli.report.Fields;
import tern.runtime.cli.report.Report;
import tern.runtime.model.Footprint;

/// The memory that a run took, compared with that of the model by arithmetic.
///
/// @param model    packed model and key-value cache
/// @param resident of the process; empty where the OS does not tell
/// @param heap     bytes of the JVM's heap that are taken from the OS
public record MemoryUse(Footprint model, Optional<Resident> resident, long heap) {

    /// Now.
    static MemoryUse of(Footprint model) {
        return new MemoryUse(model, MachineMemory.HERE.resident(), Runtime.getRuntime().totalMemory());
    }

    /// Peak by the bytes of model and cache.
    public double ratio() {
        return resident.map(r -> (double) r.peak() / model.total()).orElse(Double.NaN);
    }

    /// Its lines and fields.
    public void addTo(Report report) {
        report.line("model and cache: %.0f MB (packed weights %.0f, int8 head %.0f, embedding and head %.0f, cache %.0f)",
                model.total() * 1e-6, model.weights() * 1e-6, model.int8Head() * 1e-6, model.tables() * 1e-6, model.cache() * 1e-6);
        resident.ifPresentOrElse(
                r -> report.line(
                        "peak memory: %.0f MB resident, %.2f of that (when generation ended %.0f MB of mapped files, %.0f MB other, of which the heap has at most %.0f)",
                        r.peak() * 1e-6, ratio(), r.files() * 1e-6, r.anonymous() * 1e-6, heap * 1e-6),
                () -> report.line("peak memory: this OS does not tell"));
        report.fields().put("memory", fields());
    }

    Fields fields() {
        return new Fields().put("packed_weight_bytes", model.weights()).put("int8_head_bytes", model.int8Head())
                .put("embedding_and_head_bytes", model.tables()).put("cache_bytes", model.cache()).put("model_and_cache_bytes", model.total())
                .put("heap_bytes", heap).put("peak_resident_bytes", resident.map(Resident::peak).orElse(null))
                .put("resident_file_bytes", resident.map(Resident::files)).put("resident_other_bytes", resident.map(Resident::anonymous))
                .put("peak_by_model_and_cache", resident.map(_ -> ratio()));
    }
}
