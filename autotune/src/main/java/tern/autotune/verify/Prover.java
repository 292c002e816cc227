package tern.autotune.verify;

import org.jspecify.annotations.Nullable;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.scheduler.problem.Problem;

/// Proves kernels exact on one machine: in this process as an [ExactnessProof], or in a child process.
@FunctionalInterface
public interface Prover {

    /// One proof. Whatever goes wrong is a verdict.
    ///
    /// @param seed of the random weights, activations and scales
    Verdict prove(Problem problem, Packing packing, Schedule schedule, long seed);

    /// This machine after an oracle: a program runs here only if it was exact there. What reads memory that is not its own is seen by
    /// an interpreter that checks each access; a processor may die of it.
    ///
    /// @param name of the oracle
    default Prover after(String name, Prover oracle) {
        return (problem, packing, schedule, seed) -> switch (oracle.prove(problem, packing, schedule, seed)) {
            case Verdict.Exact _ -> prove(problem, packing, schedule, seed);
            case Verdict.Wrong _ -> new Verdict.Refused("not run: wrong on " + name);
            case Verdict.Refused(String reason) -> new Verdict.Refused(reason);
        };
    }

    /// This machine, which is not asked the same question twice in a row.
    default Prover remembering() {
        record Question(Problem problem, Packing packing, Schedule schedule, long seed) {}
        return new Prover() {
            private @Nullable Question last;
            private Verdict answer = new Verdict.Refused("nothing was asked");

            @Override
            public Verdict prove(Problem problem, Packing packing, Schedule schedule, long seed) {
                var question = new Question(problem, packing, schedule, seed);
                if (!question.equals(last)) {
                    answer = Prover.this.prove(problem, packing, schedule, seed);
                    last = question;
                }
                return answer;
            }
        };
    }
}
