package tern.autotune.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tern.ir.Op;
import tern.ir.Schedule;
import tern.ir.device.KernelLibrary.Choice;
import tern.ir.device.KernelLibrary.Plan;
import tern.ir.device.KernelLibrary.Stage;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.Workload;
import tern.ir.reference.ReferenceDevice;
import tern.ir.text.Tir;

class WholeModelTest {

    private static final Use USE = new Use("one", Tir.library().kernel("bitlinear"), 32, 32, 4, 1);

    /// Plans are told apart by the packing of their only use; their kernels are never launched.
    private static Plan plan(String packing) {
        Choice choice = new Choice(USE, Tir.library().packing(packing), stage(), stage());
        return new Plan(Map.of("one", choice));
    }

    private static Stage stage() {
        var device = new ReferenceDevice();
        var kernel = device.compile(new Op.Norm(8, 1e-5f, true));
        var schedule = new Schedule.Vector("bitlinear", "i2_s", Schedule.Strategy.DECODE, 1, 1, 1, 1, 1, false);
        return new Stage(schedule, kernel, kernel, 64);
    }

    @Test
    void bothPlansRunInTurnsAfterOneRunThatPrepares() {
        var runs = new ArrayList<String>();
        var model = new Workload() {
            @Override
            public List<Use> uses() {
                return List.of(USE);
            }

            @Override
            public Speed time(Plan plan) {
                String packing = plan.choice("one").packing().name();
                runs.add(packing);
                // tri5r8 generates faster and reads prompts more slowly
                return packing.equals("tri5r8") ? new Speed(1, 4 + runs.size()) : new Speed(2, 2);
            }
        };
        var done = new ArrayList<Integer>();
        WholeModel.Comparison comparison = WholeModel.compare(model, plan("i2_s"), plan("tri5r8"), 3, done::add);
        assertThat(runs).containsExactly("i2_s", "tri5r8", "i2_s", "tri5r8", "i2_s", "tri5r8", "i2_s", "tri5r8");
        assertThat(done).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(comparison.stepBefore().median()).isEqualTo(2);
        assertThat(comparison.stepAfter().median()).isEqualTo(1);
        assertThat(comparison.batchAfter().toArray()).containsExactly(8, 10, 12);
        assertThat(comparison.isNoSlower(Preference.DECODE)).isTrue();
        assertThat(comparison.isNoSlower(Preference.PROMPT)).isFalse();
    }
}
