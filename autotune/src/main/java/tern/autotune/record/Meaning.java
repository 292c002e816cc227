package tern.autotune.record;

import java.util.HashMap;
import java.util.Map;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.text.IrException;
import tern.ir.text.Source;
import tern.ir.text.Tir;

/// The texts of a record, parsed again; no other text is needed for it.
public record Meaning(KernelDef kernel, Packing packing, Schedule schedule) {

    /// Bytes of packed weights that one launch reads.
    ///
    /// @param m,k rows of each weight parameter, inputs
    public long weightBytes(int m, int k) {
        return packing.bytes(m, k) * kernel.params().stream().filter(p -> p.kind() == KernelDef.Kind.WEIGHT).count();
    }

    /// Parses the texts of many records, which share most of them.
    public static final class Reader {

        private record Scope(String kernel, String packing) {}

        private final Map<Scope, Tir> scopes = new HashMap<>();

        /// Knows no texts yet.
        public Reader() {}

        /// @param packing its codecs before it
        /// @throws IrException              if the texts are not sound
        /// @throws IllegalArgumentException if they are other things than a kernel, a packing and a schedule
        public Meaning read(String kernel, String packing, String schedule) {
            Tir scope = scopes.computeIfAbsent(
                    new Scope(kernel, packing), texts -> Tir.parse(new Source("record", texts.kernel + "\n" + texts.packing), null));
            Tir last = Tir.parse(new Source("record", schedule), scope);
            check(scope, 1, 1, 0, "a kernel and a packing");
            check(last, 0, 0, 1, "a schedule");
            return new Meaning(scope.kernels().getFirst(), scope.packings().getFirst(), last.schedules().getFirst().schedule());
        }

        private static void check(Tir tir, int kernels, int packings, int schedules, String expected) {
            if (tir.kernels().size() != kernels || tir.packings().size() != packings || tir.schedules().size() != schedules)
                throw new IllegalArgumentException("%d kernels, %d packings and %d schedules; expected %s"
                        .formatted(tir.kernels().size(), tir.packings().size(), tir.schedules().size(), expected));
        }
    }
}
