package tern.autotune.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tern.autotune.trial.Tries.candidate;
import static tern.autotune.trial.Tries.packing;
import static tern.autotune.trial.Tries.problem;
import static tern.autotune.trial.Tries.schedule;

import java.io.UncheckedIOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Outcome.Reason;
import tern.autotune.record.ProblemKey;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.Prover;
import tern.autotune.verify.Verdict;
import tern.ir.Schedule.Strategy;
import tern.ir.reference.ReferenceDevice;
import tern.ir.text.Tir;
import tern.scheduler.problem.Problem;

/// A real child JVM, with a back end that misbehaves on request.
class ChildRunnerTest {

    private static final ProblemKey PROBLEM = problem(8, 20, 1);
    private static final Candidate GOOD = candidate("tri5r8", Strategy.TABULATE, 8, 1, 1);
    private static final Candidate SPEAKS = candidate("hf", Strategy.DECODE, 1, 1, 1);
    private static final Candidate DIES = candidate("tq1_0", Strategy.DECODE, 1, 1, 1);
    private static final Candidate HANGS = candidate("tq2_0", Strategy.DECODE, 1, 1, 1);

    @Test
    void aTrialThatEndsTheProcessEndsNothingElse() {
        try (var runner = new ChildRunner(new TrialCommand("rogue", 1), 600)) {
            assertThat(runner.environment().processor()).isEqualTo("reference");
            assertThat(runner.environment().threads()).isEqualTo(1);
            assertThat(runner.readBandwidth()).isEqualTo(1e9);
            assertThat(runner.prepare(PROBLEM, GOOD)).isEmpty();
            assertThat(runner.prepare(PROBLEM, DIES))
                    .contains(new Failed(Reason.CRASHED, "the process ended with status 134: SIGSEGV, says a rogue"));
            // A new process knows nothing of what the old one had prepared.
            List<Timing> timings = runner.time(PROBLEM, List.of(GOOD, DIES, SPEAKS), 2);
            assertThat(timings.get(0)).isInstanceOf(Timing.Timed.class);
            assertThat(timings.get(1)).isInstanceOf(Timing.Untimed.class);
            assertThat(timings.get(2)).as("its noise is no reply").isInstanceOf(Timing.Timed.class);
            runner.release(PROBLEM, GOOD);
        }
    }

    @Test
    void aProofThatEndsTheProcessIsAVerdictAndTheNextOneGoesOn() {
        var product = new Problem(Tir.library().kernel("bitlinear"), 8, 20, 1);
        try (var runner = new ChildRunner(new TrialCommand("rogue", 1), 600)) {
            Prover behind = runner.after("reference", new ExactnessProof(new ReferenceDevice(1)));
            assertThat(behind.prove(product, packing("tq1_0"), schedule("tq1_0", Strategy.DECODE, 1, 1, 1), 1))
                    .isEqualTo(new Verdict.Wrong("bitlinear", "the process ended with status 134: SIGSEGV, says a rogue"));
            Verdict exact = behind.prove(product, packing("tri5r8"), schedule("tri5r8", Strategy.TABULATE, 8, 1, 1), 1);
            assertThat(exact).isEqualTo(ExactnessProof.prove(
                    new ReferenceDevice(1), product, packing("tri5r8"), schedule("tri5r8", Strategy.TABULATE, 8, 1, 1), 1));
            assertThat(behind.prove(product, packing("i2_s"), schedule("i2_s", Strategy.TABULATE, 16, 1, 1), 1))
                    .isInstanceOf(Verdict.Refused.class);
        }
    }

    @Test
    void aProofThatHangsIsAVerdict() {
        try (var runner = new ChildRunner(new TrialCommand("rogue", 1), 0.3)) {
            assertThat(runner.prove(new Problem(Tir.library().kernel("bitlinear"), 8, 20, 1), packing("tq2_0"),
                    schedule("tq2_0", Strategy.DECODE, 1, 1, 1), 1)).isEqualTo(new Verdict.Wrong("bitlinear", "no answer after 0 s"));
        }
    }

    @Test
    void aTrialThatHangsIsKilled() {
        try (var runner = new ChildRunner(new TrialCommand("rogue", 1), 0.3)) {
            assertThat(runner.prepare(PROBLEM, HANGS)).contains(new Failed(Reason.TIMEOUT, "no answer after 0 s"));
        }
    }

    @Test
    void stoppingEndsARequestUnderWay() throws InterruptedException {
        try (var runner = new ChildRunner(new TrialCommand("rogue", 1), 600)) {
            var stopper = Thread.ofPlatform().start(runner::stop); // before the request or in the middle of it
            assertThatThrownBy(() -> runner.prepare(PROBLEM, HANGS)).isInstanceOf(StoppedException.class);
            stopper.join();
            assertThatThrownBy(runner::readBandwidth).isInstanceOf(StoppedException.class);
        }
    }

    @Test
    void anImitationIsAnotherEnvironment() {
        var plain = new Environment("here", "25", "1", 2);
        assertThat(new TrialCommand("cpu", 2).named(plain)).isEqualTo(plain);
        assertThat(new TrialCommand("cpu", 2, List.of("-XX:UseAVX=2"), "avx2").named(plain))
                .isEqualTo(new Environment("avx2 imitated on here", "25", "1", 2));
    }

    @Test
    void aDeviceThatIsNotThereIsSaid() {
        assertThatThrownBy(() -> new ChildRunner(new TrialCommand("none", 1), 1).close())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("the process for trials does not start: the process ended with status 1")
                .hasMessageContaining("no device is named 'none'");
    }
}
