package tern.autotune.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.text.Tir;
import tern.scheduler.problem.Problem;

class ProverTest {

    private static final Problem PROBLEM = new Problem(Tir.library().kernel("bitlinear"), 8, 20, 1);
    private static final Packing PACKING = Tir.library().packing("tri5r8");
    private static final Schedule SCHEDULE = new Schedule.Vector("bitlinear", "tri5r8", Strategy.TABULATE, 8, 1, 1, 8, 1, false);
    private static final Verdict EXACT = new Verdict.Exact("k", 1, 2, 3, new Verdict.Evidence(4, 5, 6));

    private final List<String> asked = new ArrayList<>();

    private Prover says(String name, Verdict verdict) {
        return (problem, packing, schedule, seed) -> {
            asked.add(name);
            return verdict;
        };
    }

    private static Verdict ask(Prover prover, long seed) {
        return prover.prove(PROBLEM, PACKING, SCHEDULE, seed);
    }

    @Test
    void whatIsExactOnTheOracleIsRun() {
        assertThat(ask(says("cpu", EXACT).after("reference", says("reference", EXACT)), 1)).isEqualTo(EXACT);
        assertThat(asked).containsExactly("reference", "cpu");
    }

    @Test
    void whatIsWrongOrRefusedThereIsNot() {
        assertThat(ask(says("cpu", EXACT).after("reference", says("reference", new Verdict.Wrong("k", "reads element -1"))), 1))
                .isEqualTo(new Verdict.Refused("not run: wrong on reference"));
        assertThat(ask(says("cpu", EXACT).after("reference", says("reference", new Verdict.Refused("does not apply"))), 1))
                .isEqualTo(new Verdict.Refused("does not apply"));
        assertThat(asked).containsExactly("reference", "reference");
    }

    @Test
    void theSameQuestionIsAnsweredOnce() {
        Prover reference = says("reference", EXACT).remembering();
        assertThat(ask(reference, 1)).isEqualTo(EXACT);
        assertThat(ask(says("cpu", EXACT).after("reference", reference), 1)).isEqualTo(EXACT);
        assertThat(ask(reference, 2)).isEqualTo(EXACT);
        assertThat(asked).containsExactly("reference", "cpu", "reference");
    }
}
