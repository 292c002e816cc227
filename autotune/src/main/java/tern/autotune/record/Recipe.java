package tern.autotune.record;

import static java.util.Locale.ROOT;

import java.util.HashMap;
import java.util.Map;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.ir.Schedule;
import tern.ir.text.IrException;
import tern.ir.text.Source;
import tern.ir.text.Tir;

/// The texts of a record, read back. No other text is needed for it: a record means what it says, whatever the library says today.
///
/// @param packing  that a [PackingCheck] has proved sound
/// @param schedule of this kernel and this packing
public record Recipe(KernelDef kernel, Packing packing, Schedule schedule) {

    /// Of one record.
    ///
    /// @throws IrException              if a text is wrong, or the packing none
    /// @throws IllegalArgumentException if a text declares something else than it should
    public static Recipe of(ProblemKey problem, Candidate candidate) {
        return new Reader().read(problem.kernel(), candidate.packing(), candidate.schedule());
    }

    /// Bytes of packed weights that one launch reads.
    ///
    /// @param m,k rows of each weight parameter, inputs
    public long weightBytes(int m, int k) {
        return packing.bytes(m, k) * kernel.weights().size();
    }

    /// Reads many records, which share most of their texts.
    public static final class Reader {

        private record Scope(String kernel, String packing) {}

        private final Map<Scope, Tir> scopes = new HashMap<>();

        /// Knows no texts yet.
        public Reader() {}

        /// @param packing its codecs before it
        /// @throws IrException              if a text is wrong, or the packing none
        /// @throws IllegalArgumentException if a text declares something else than it should
        public Recipe read(String kernel, String packing, String schedule) {
            Tir scope = scopes.computeIfAbsent(new Scope(kernel, packing), Reader::parse);
            Tir last = Tir.parse(new Source("record", schedule), scope);
            if (!last.kernels().isEmpty() || !last.packings().isEmpty() || last.schedules().size() != 1)
                throw new IllegalArgumentException(String.format(ROOT, "a record's schedule is one schedule, not %d kernels, %d packings and %d schedules",
                        last.kernels().size(), last.packings().size(), last.schedules().size()));
            return new Recipe(scope.kernels().getFirst(), scope.packings().getFirst(), last.schedules().getFirst().schedule());
        }

        private static Tir parse(Scope texts) {
            Tir scope = Tir.parse(new Source("record", texts.packing + "\n" + texts.kernel), null);
            if (scope.kernels().size() != 1 || scope.packings().size() != 1 || !scope.schedules().isEmpty())
                throw new IllegalArgumentException(String.format(ROOT, "a record has one kernel and one packing, not %d kernels, %d packings and %d schedules",
                        scope.kernels().size(), scope.packings().size(), scope.schedules().size()));
            PackingCheck.of(scope.packings().getFirst()).require();
            return scope;
        }
    }
}
