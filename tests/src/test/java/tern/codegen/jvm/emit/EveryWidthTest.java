package tern.codegen.jvm.emit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tern.autotune.verify.RandomPackings;
import tern.Breadth;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.CompileException;
import tern.ir.device.Proved;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.Lowering;
import tern.scheduler.problem.Problem;

/// What the scheduler proposes for a width of vectors becomes methods that HotSpot compiles, on whatever machine this runs: code is
/// written, none is executed.
class EveryWidthTest {

    /// Random packings; `-Pcampaign` tries more.
    private static final int RANDOM = Breadth.PACKINGS / 8;

    private enum Width {
        V128(Targets.NEON128),
        V256(Targets.AVX2),
        V512(Targets.AVX512);

        private final Target.Cpu target;

        Width(Target.Cpu target) {
            this.target = target;
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyScheduleOfTheLibraryIsEmitted(Width width) {
        for (Packing packing : Tir.library().allPackings())
            for (int tokens : new int[] {1, 8}) emitAll(width, packing, tokens, 1);
    }

    @ParameterizedTest
    @EnumSource
    void everyScheduleOfRandomPackingsIsEmitted(Width width) {
        LongStream.range(0, RANDOM).forEach(seed -> {
            Packing packing = RandomPackings.any(new SplittableRandom(seed));
            for (int tokens : new int[] {1, 8}) emitAll(width, packing, tokens, 3);
        });
    }

    /// Of the kernel with the longest code.
    ///
    /// @param step every so many of the schedules
    private static void emitAll(Width width, Packing packing, int tokens, int step) {
        KernelDef kernel = Tir.library().kernel("gate_up");
        var problem = new Problem(kernel, 8 * packing.rows() + 3, 4 * packing.columns() + 5, tokens);
        List<Ranked> ranked = Candidates.of(problem, List.of(packing), width.target).ranked();
        assertThat(ranked).as("%s, %d tokens", packing.name(), tokens).isNotEmpty();
        var refused = new ArrayList<String>();
        for (int i = 0; i < ranked.size(); i++) {
            if (!(ranked.get(i).schedule() instanceof Schedule.Vector schedule) || i % step != 0 && !schedule.rolled()) continue;
            Lowering lowering = Lowering.of(problem, packing, schedule);
            try {
                JvmEmitter.emit(Proved.of(lowering.prepare()), width.target.vectorBits());
                JvmEmitter.emit(Proved.of(lowering.multiply()), width.target.vectorBits());
            } catch (CompileException e) {
                refused.add(e.getMessage());
            }
        }
        assertThat(refused).as("%s", packing).isEmpty();
    }
}
