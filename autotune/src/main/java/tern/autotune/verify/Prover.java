package tern.autotune.verify;

import org.jspecify.annotations.Nullable;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;

/// Proves kernels exact on one machine: in this process as an [ExactnessProof], or in a child process.
@FunctionalInterface
public interface Prover {

    /// One proof. Whatever goes wrong is a verdict.
    ///
    /// @param m    rows of each weight parameter
    /// @param n    largest number of tokens; 1 for a GEMV
    /// @param seed of the random weights, activations and scales
    Verdict prove(KernelDef kernel, int m, int k, int n, Packing packing, Schedule schedule, long seed);

    /// This machine behind an oracle: a program runs here only if it was exact there. What reads memory that is not its own is seen by
    /// an interpreter that checks each access; a processor may die of it.
    ///
    /// @param name of the oracle
    default Prover after(String name, Prover oracle) {
        return (kernel, m, k, n, packing, schedule, seed) ->
                switch (oracle.prove(kernel, m, k, n, packing, schedule, seed)) {
                    case Verdict.Exact _ -> prove(kernel, m, k, n, packing, schedule, seed);
                    case Verdict.Wrong _ -> new Verdict.Refused("not run: wrong on " + name);
                    case Verdict.Refused(String reason) -> new Verdict.Refused(reason);
                };
    }

    /// This machine, which is not asked the same question twice in a row.
    default Prover remembering() {
        record Question(KernelDef kernel, int m, int k, int n, Packing packing, Schedule schedule, long seed) {}
        return new Prover() {
            private @Nullable Question last;
            private Verdict answer = new Verdict.Refused("nothing was asked");

            @Override
            public Verdict prove(KernelDef kernel, int m, int k, int n, Packing packing, Schedule schedule, long seed) {
                var question = new Question(kernel, m, k, n, packing, schedule, seed);
                if (!question.equals(last)) {
                    answer = Prover.this.prove(kernel, m, k, n, packing, schedule, seed);
                    last = question;
                }
                return answer;
            }
        };
    }
}
