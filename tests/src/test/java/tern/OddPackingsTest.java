package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.Verdict;
import tern.codegen.jvm.emit.JvmEmitter;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.device.Device;
import tern.ir.device.Proved;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Source;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.Lowering;
import tern.scheduler.problem.Problem;

/// Sound packings that nobody would use: wide codes, tiles of one row, words wider than the codes need. Each has kernels of a size that
/// HotSpot compiles, each is exact.
class OddPackingsTest {

    @ParameterizedTest
    @ValueSource(strings = {
        // 59,049 codes, the highest with the sign bit of a short.
        "codec c = base3(10) in 16 bits; tile rows 1, k 10; word i16; codec c; digit k; code at 0;",
        "codec c = base3(10) in 16 bits; tile rows 16, k 10; word i16; codec c; digit k; code at row*16;",
        "codec c = base3(10) in 16 bits, most significant first, fixed point; tile rows 10, k 8; word i64; codec c; digit row; code at k*16;",
        "codec c = base3(9 of 10) in 16 bits; tile rows 8, k 9; word i32; codec c; digit k; code at row*32 + 16;",
        "codec c = base3(8) in 13 bits; tile rows 3, k 8; word i64; codec c; digit k; code at row*13 + 20;",
        "codec c = base3(1) in 12 bits; tile rows 8, k 3; word i16; codec c; code at row*16 + k*128;",
        "codec c = signed base3(8) in 12 bits; tile rows 8, k 8; word i16; codec c; digit k; index at row*16; sign at row*16 + 15;",
        "codec c = base3(2) in 4 bits; tile rows 7, k 2; word i32; codec c; digit k; code at row*4;",
        "codec c = int in 2 bits; tile rows 1, k 32; word i64; codec c; code at k*2;",
        "codec c = planes; tile rows 5, k 3; word i8; codec c; nonzero at row*8 + k; sign at row*8 + k + 40;",
    })
    void isExact(String text) {
        Packing packing = parse(text);
        assertThat(PackingCheck.of(packing).problems()).isEmpty();
        KernelDef kernel = Tir.library().kernel("bitlinear");
        int rows = packing.rows(), columns = packing.columns(), proofs = 0;
        try (Device cpu = Devices.open("cpu", 1)) {
            var proof = new ExactnessProof(cpu);
            for (Problem problem : problems(kernel, rows, columns))
                for (Schedule schedule : firstOfEachKind(problem, packing, (Target.Cpu) cpu.target())) {
                    assertThat(proof.prove(problem, packing, schedule, 3)).as("%s, %s", problem, schedule).isInstanceOf(Verdict.Exact.class);
                    proofs++;
                }
        }
        assertThat(proofs).isPositive();
    }

    /// In the children of [OtherWidthsTest], the first of both only.
    private static List<Problem> problems(KernelDef kernel, int rows, int columns) {
        var few = new Problem(kernel, rows + 1, columns + 1, 3);
        return Boolean.getBoolean("tern.lean") ? List.of(few) : List.of(few, new Problem(kernel, 33, 257, 1));
    }

    /// Bits that are no code may lie in memory: what they give counts in the proof, and a sum that it does not cover is not proposed.
    @Test
    void whatCannotBeProvedIsNotProposed() {
        Packing packing = parse("codec c = base3(1) in 16 bits; tile rows 8, k 3; word i16; codec c; code at row*16 + k*128;");
        var problem = new Problem(Tir.library().kernel("bitlinear"), 33, 257, 1);
        Candidates.Result result = Candidates.of(problem, List.of(packing), Targets.AVX2);
        assertThat(result.ranked()).isEmpty();
        assertThat(result.rejected()).extracting(Candidates.Rejected::reason).anyMatch(reason -> reason.contains("codes without a meaning"));
    }

    /// Methods once taken for shorter: fields of two words, fields of one, a digit that several tokens share.
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "bitlinear | 1, 2, 1 | codec c = planes; tile rows 9, k 2; word i8; codec c; nonzero at 66 - row*8 + k*72; sign at 146 + row*8 + k*72; "
                + "tiles rows within k; tail 10 bytes { scale f32 at 3; }",
        "bitlinear | 8, 9, 2 | codec c = planes; tile rows 4, k 9; word i16; codec c; nonzero at 561 - row*144 - k*16; sign at 562 - row*144 - k*16; "
                + "tiles rows within k; tail 1 bytes { }",
        "gate_up | 23, 1, 4 | codec c = map(-1, 1, 0, -1) in 2 bits; tile rows 24, k 1; word i8; codec c; code at 96 - row%2*96 + row/2*8; "
                + "tiles rows within k; tail 5 bytes { scale bf16 at 0; }",
    })
    void whatIsProposedIsShortEnoughForHotSpot(String kernel, String shape, String text) {
        int[] sizes = Arrays.stream(shape.split(", ")).mapToInt(Integer::parseInt).toArray();
        var problem = new Problem(Tir.library().kernel(kernel), sizes[0], sizes[1], sizes[2]);
        Packing packing = parse(text);
        Candidates.Result result = Candidates.of(problem, List.of(packing), Targets.NEON128);
        assertThat(result.ranked()).isNotEmpty();
        assertThat(result.rejected()).anyMatch(rejected -> rejected.reason().startsWith("too long for vectors of 128 bits"));
        for (Ranked ranked : result.ranked()) {
            Proved proved = Proved.of(Lowering.of(problem, packing, ranked.schedule()).multiply());
            assertThatCode(() -> JvmEmitter.emit(proved, 128)).as("%s", ranked.schedule()).doesNotThrowAnyException();
        }
    }

    private static Packing parse(String text) {
        int end = text.indexOf(';') + 1;
        return Tir.parse(new Source("odd.tir", text.substring(0, end - 1) + "\npacking odd {" + text.substring(end) + "}")).packings().getFirst();
    }

    /// By strategy, lanes, and whether it is written out.
    private static Set<Schedule> firstOfEachKind(Problem problem, Packing packing, Target.Cpu target) {
        record Kind(Strategy strategy, int lanes, boolean rolled) {}
        var kinds = new LinkedHashSet<Kind>();
        var chosen = new LinkedHashSet<Schedule>();
        for (Ranked ranked : Candidates.of(problem, List.of(packing), target).ranked())
            if (ranked.schedule() instanceof Schedule.Vector cpu && kinds.add(new Kind(cpu.strategy(), cpu.lanes(), cpu.rolled())))
                chosen.add(cpu);
        assertThat(chosen).as("%s", problem).isNotEmpty();
        return chosen;
    }
}
