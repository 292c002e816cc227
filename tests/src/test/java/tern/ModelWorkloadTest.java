package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.autotune.search.WholeModel;
import tern.ir.Element;
import tern.ir.Packing;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary.Plan;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.text.Tir;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Model;
import tern.runtime.model.ModelWorkload;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// A model as a tuner sees it.
class ModelWorkloadTest {

    private static final int BATCH = 4;

    @TempDir
    Path folder;

    @Test
    void aModelRunsWithOnePlanAndWithAnother() throws IOException {
        try (Arena arena = Arena.ofShared();
                Device device = Devices.open("cpu", 1)) {
            GgufModel source = GgufModel.open(GoldenFiles.path("robust128.i2_s.gguf"), arena, false);
            var settings = new Model.Settings(ModelWorkload.context(BATCH), BATCH, Element.F32, 1, folder);
            var workload = new ModelWorkload(device, source, settings, arena, done -> {});
            assertThat(workload.uses()).extracting(Use::name).containsExactly("attn_qkv", "attn_output", "ffn_gate_up", "ffn_down");
            WholeModel.Comparison comparison = WholeModel.compare(
                    workload, plan(device, "tri5r32", workload.uses()), plan(device, "i2_s", workload.uses()), 1, done -> {});
            for (var samples : List.of(
                    comparison.stepBefore(), comparison.stepAfter(), comparison.batchBefore(), comparison.batchAfter())) {
                assertThat(samples.count()).isEqualTo(1);
                assertThat(samples.min()).isPositive();
            }
        }
    }

    private static Plan plan(Device device, String packing, List<Use> uses) {
        List<Packing> packings = List.of(Tir.library().packing(packing));
        return new ScheduledLibrary(device, packings, ScheduleSource.NONE, kernel -> {}).plan(uses);
    }
}
