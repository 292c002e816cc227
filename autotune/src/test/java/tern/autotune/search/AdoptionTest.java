package tern.autotune.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Recipe;
import tern.autotune.record.Records;
import tern.ir.Packing;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.target.Targets;
import tern.ir.text.Tir;

/// What another fingerprint has found, on a machine that is like it and on one that is not.
class AdoptionTest {

    private static final Tir LIBRARY = Tir.library();
    private static final List<Packing> SOME = Stream.of("tri5r32", "tri5r16", "i2_s").map(LIBRARY::packing).toList();
    private static final Use USE = new Use("qkv", LIBRARY.kernel("bitlinear"), 3840, 2560, 32, 30);
    private static final Settings USUAL = new Settings(1e6, 0.95, Preference.BALANCED, 8, false, false);

    private final Records records = Records.inMemory();

    private static double likes(String packing, ProblemKey problem, Recipe recipe) {
        return (recipe.packing().name().equals(packing) ? 1e-3 : 2e-3) * (problem.maxTokens() == 1 ? 1 : 32);
    }

    private ScriptedRunner tune(int threads, String liked, boolean likeOthers) {
        var runner = new ScriptedRunner((problem, recipe) -> likes(liked, problem, recipe));
        runner.threads = threads;
        var tuner = new Tuner(runner, records, Targets.AVX512, USUAL, Watcher.NONE, runner::nanos);
        if (likeOthers) tuner.takeFrom(new ScriptedRunner((_, _) -> 1).environment());
        assertThat(tuner.tune(List.of(USE), SOME, null).complete()).isTrue();
        return runner;
    }

    private String winner(ScriptedRunner runner) {
        ProblemKey step = ProblemKey.of(USE.kernel(), USE.m(), USE.k(), 1), batch = ProblemKey.of(USE.kernel(), USE.m(), USE.k(), 32);
        return records.tuned(step, batch, runner.environment()).orElseThrow().packing();
    }

    @Test
    void whatHoldsIsTakenAfterAShortCheck() {
        ScriptedRunner first = tune(2, "tri5r16", false), second = tune(4, "tri5r16", true), anew = tune(8, "tri5r16", false);
        assertThat(winner(second)).isEqualTo(winner(first));
        assertThat(second.now).isLessThan(anew.now * 0.7);
        assertThat(records.trials().stream().filter(t -> t.environment().equals(second.environment()))).as("nothing was searched").isEmpty();
    }

    @Test
    void whatDoesNotHoldIsTunedAnew() {
        tune(2, "tri5r16", false);
        ScriptedRunner second = tune(4, "i2_s", true);
        assertThat(winner(second)).contains("packing i2_s");
    }

    @Test
    void whereTheyHaveNothingItIsTuned() {
        ScriptedRunner second = tune(4, "i2_s", true);
        assertThat(winner(second)).contains("packing i2_s");
    }
}
