package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.Verdict;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.Device;
import tern.ir.loop.LoopChecker;
import tern.ir.text.Tir;
import tern.scheduler.Lowering;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.problem.Problem;

/// Schedules on warps mean what the kernel means, by the reference: every packing of the library, whichever way it can be unpacked.
class WarpKernelsTest {

    /// Those whose chunks are not alike, or lie in no whole lanes.
    private static final List<String> ONLY_LANES = List.of("tq1_0", "tq2_0", "tl2", "q2_0", "pq2_0", "ptq1_0", "q1_0", "iq2_bn");

    static List<String> packings() {
        return Tir.library().allPackings().stream().map(Packing::name).toList();
    }

    @ParameterizedTest
    @MethodSource("packings")
    void everyPackingIsExact(String name) {
        Packing packing = Tir.library().packing(name);
        var proven = new ArrayList<String>();
        try (Device reference = Devices.open("reference", 1)) {
            for (Schedule.Gpu schedule : List.of(
                    new Schedule.Dp4a("bitlinear", name, 8, 1, 1, 2, 2, 2),
                    new Schedule.Lanes("bitlinear", name))) {
                int m = Math.min(packing.rows() + 3, 40), k = packing.columns() == 1 ? 20 : 2 * packing.columns() + 5;
                switch (ExactnessProof.prove(reference, new Problem(Tir.library().kernel("bitlinear"), m, k, 1), packing, schedule, 7)) {
                    case Verdict.Exact _ -> proven.add(schedule.way());
                    case Verdict.Refused(String reason) -> assertThat(ONLY_LANES).as(reason).contains(name);
                    case Verdict.Wrong wrong -> throw new AssertionError(wrong);
                }
            }
        }
        assertThat(proven).contains("lanes").hasSize(ONLY_LANES.contains(name) ? 1 : 2);
    }

    @ParameterizedTest
    @CsvSource({
        // kernel, packing, lanes, row tiles, tokens, warps, split, unroll, m, k, n
        "gate_up,       i2_s,       8, 2, 2, 4, 2, 2, 37, 300, 3",
        "bitlinear_add, tri5r32,    4, 1, 1, 4, 4, 3, 67, 137, 1",
        "bitlinear,     tri5r8,    32, 2, 4, 3, 1, 1, 67, 137, 5",
        "bitlinear,     msgpu_int2, 8, 1, 2, 2, 1, 2, 33, 192, 2",
        "gate_up,       dense,      4, 1, 1, 2, 2, 1, 9, 129, 1",
        "swiglu,        hf,         4, 2, 1, 2, 1, 1, 50, 72, 2",
    })
    void manyShapesAreExact(
            String kernel, String packing, int lanes, int rowTiles, int tokens, int warps, int split, int unroll, int m, int k, int n) {
        var schedule = new Schedule.Dp4a(kernel, packing, lanes, rowTiles, tokens, warps, split, unroll);
        Tir library = Tir.library();
        try (Device reference = Devices.open("reference", 1)) {
            assertThat(ExactnessProof.prove(reference, new Problem(library.kernel(kernel), m, k, n), library.packing(packing), schedule, 3))
                    .isInstanceOf(Verdict.Exact.class);
        }
        Lowering lowering = Lowering.of(new Problem(library.kernel(kernel), m, k, n), library.packing(packing), schedule);
        assertThat(LoopChecker.structure(lowering.prepare())).isEmpty();
        assertThat(LoopChecker.structure(lowering.multiply())).isEmpty();
    }

    @Test
    void whatDoesNotFitSaysWhy() {
        var schedule = new Schedule.Dp4a("bitlinear", "tq2_0", 8, 1, 1, 2, 2, 2);
        Tir library = Tir.library();
        assertThatThrownBy(
                () -> Lowering.of(new Problem(library.kernel("bitlinear"), 8, 512, 1), library.packing("tq2_0"), schedule))
                .isInstanceOf(InapplicableException.class)
                .hasMessage("132 bytes are 33 chunks; the lanes of a warp need a power of two up to 32");
    }
}
