package tern.autotune.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.device.KernelLibrary.Choice;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.reference.ReferenceDevice;
import tern.ir.text.Printer;
import tern.ir.text.Source;
import tern.ir.text.Tir;
import tern.scheduler.ScheduledLibrary;

class RecordedSchedulesTest {

    private static final KernelDef KERNEL = Tir.library().kernel("bitlinear");
    private static final Use USE = new Use("one", KERNEL, 64, 90, 4, 1);
    private static final Packing PACKING = Tir.library().packing("two_r256");
    private static final Schedule STEP = schedule(PACKING, 16, 1), BATCH = schedule(PACKING, 8, 2);

    private final Records records = Records.inMemory();
    private final ReferenceDevice device = new ReferenceDevice();
    private final Environment here = Environment.of(device, 1);
    private final List<String> compiled = new ArrayList<>();

    private static Schedule schedule(Packing packing, int lanes, int tokens) {
        return new Schedule.Vector("bitlinear", packing.name(), Strategy.DECODE, lanes, 1, tokens, 16, 1, false);
    }

    private void record(String packing, String step, String batch) {
        records.add(new Tuned(
                ProblemKey.of(KERNEL, 64, 90, 1), ProblemKey.of(KERNEL, 64, 90, 4), here, packing, step, batch, 1e-3, 2e-3, Instant.EPOCH));
    }

    private Choice choice() {
        var library = new ScheduledLibrary(
                device, Tir.library().allPackings(), new RecordedSchedules(records, here), compiled::add);
        return library.plan(List.of(USE)).choice("one");
    }

    @Test
    void whatIsRecordedIsCompiledAndNothingElse() {
        record(Printer.printWithCodecs(PACKING), Printer.print("avx512", STEP), Printer.print("avx512", BATCH));
        Choice choice = choice();
        assertThat(choice.packing()).isEqualTo(PACKING);
        assertThat(choice.step().schedule()).isEqualTo(STEP);
        assertThat(choice.batch().schedule()).isEqualTo(BATCH);
        assertThat(compiled).hasSize(2).allMatch(name -> name.contains("_two_r256_"));
    }

    @Test
    void withoutARecordTheCostModelChooses() {
        assertThat(choice().packing()).isNotEqualTo(PACKING);
    }

    @Test
    void aRecordThatCannotBeReadIsNone() {
        record("packing of yesterday", Printer.print("avx512", STEP), Printer.print("avx512", BATCH));
        assertThat(new RecordedSchedules(records, here).tuned(USE)).isEmpty();
        assertThat(choice().packing()).isNotEqualTo(PACKING);
    }

    @Test
    void aRecordThatDoesNotApplyGivesWayToTheCostModel() {
        Packing i2s = Tir.library().packing("i2_s");
        String tabulated = Printer.print("avx512", new Schedule.Vector("bitlinear", "i2_s", Strategy.TABULATE, 32, 1, 1, 4, 1, false));
        record(Printer.printWithCodecs(i2s), tabulated, tabulated);
        assertThat(choice().step().schedule()).isInstanceOf(Schedule.Cpu.class);
        assertThat(compiled).first().asString().startsWith("refused: cannot tabulate with 32 lanes");
    }

    @Test
    void aPackingThatHoldsNotEveryTernaryMatrixIsNotUsed() {
        Packing sherry = Tir.library().packing("sherry5");
        String schedule = Printer.print("avx512", schedule(sherry, 16, 1));
        record(Printer.printWithCodecs(sherry), schedule, schedule);
        assertThat(choice().packing()).isNotEqualTo(sherry);
    }

    /// Two packings may have one name. What was found for the one is the one's: it comes with its own codec, and is no trial of the other.
    @Test
    void aPackingOfTheSameNameWithAnotherCodecGetsNothing() {
        String own = Printer.printWithCodecs(PACKING), text = own.replace("map(-1, 0, 1, _)", "map(1, 0, -1, _)");
        Packing other = Tir.parse(new Source("other", text), null).packings().getFirst();
        assertThat(other.name()).isEqualTo(PACKING.name());
        assertThat(other).isNotEqualTo(PACKING);
        record(text, Printer.print("avx512", STEP), Printer.print("avx512", BATCH));
        assertThat(choice().packing()).as("as it was recorded, not as the library has it").isEqualTo(other);

        ProblemKey problem = ProblemKey.of(KERNEL, 64, 90, 1);
        records.add(new Trial(problem, Candidate.of(other, "avx512", STEP), here, new Outcome.Measured(1, 1, 1, 1), Instant.EPOCH));
        assertThat(records.trials(problem, here)).extracting(Trial::candidate)
                .containsExactly(Candidate.of(other, "avx512", STEP)).doesNotContain(Candidate.of(PACKING, "avx512", STEP));
    }

    /// The texts as they were written in November 2026.
    @Test
    void aRecordOfOldIsRead() {
        Recipe old = new Recipe.Reader().read("""
                kernel bitlinear(x: i8[n, k], w: weight[m, k], sx: f32[n], sw: f32) -> y: f32[n, m] {
                    y[i, j] = sum(k: x[i, k] * w[j, k]) * sw * sx[i]
                }
                """, """
                codec two = map(-1, 0, 1, _) in 2 bits

                packing two_r256 {
                    tile rows 256, k 1;
                    word i16;
                    codec two;
                    code at row%32*16 + row/32*2;
                    tiles rows within k;
                }
                """, """
                schedule for bitlinear on avx512 {
                    packing two_r256;
                    strategy decode;
                    lanes 32;
                    row tiles 2;
                    tokens 4;
                    k tiles 28;
                    panel 3;
                    rolled;
                }
                """);
        assertThat(old.schedule()).isEqualTo(new Schedule.Vector("bitlinear", "two_r256", Strategy.DECODE, 32, 2, 4, 28, 3, true));
        assertThat(old.kernel().name()).isEqualTo("bitlinear");
        assertThat(old.weightBytes(256, 8)).isEqualTo(512);
    }

    /// Trials of old are found by the texts of today.
    @Test
    void aCandidateOfOldIsTodays() {
        Candidate today = Candidate.of(PACKING, "avx512", STEP);
        assertThat(today.schedule()).contains("\n    cache block ");
        assertThat(new Candidate(today.packing(), today.schedule().replace("cache block", "panel")).current()).isEqualTo(today);
    }

    @Test
    void aRecipeHoldsOneOfEach() {
        var problem = ProblemKey.of(KERNEL, 64, 90, 1);
        var good = Candidate.of(PACKING, "avx512", STEP);
        assertThat(Recipe.of(problem, good).packing()).isEqualTo(PACKING);
        assertThat(Recipe.of(problem, good).schedule()).isEqualTo(STEP);
        assertThat(ProblemKey.of(Recipe.of(problem, good).kernel(), 64, 90, 1)).isEqualTo(problem);
        assertThatThrownBy(() -> Recipe.of(problem, new Candidate(good.packing(), good.schedule() + good.schedule())))
                .hasMessage("a record's schedule is one schedule, not 0 kernels, 0 packings and 2 schedules");
    }
}
