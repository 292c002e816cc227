package tern.autotune.record;

import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.ir.Schedule;
import tern.ir.text.Source;
import tern.ir.text.Tir;

/// The texts of a record, read back.
///
/// @param packing  that a [PackingCheck] has proved sound
/// @param schedule of this kernel and this packing
public record Recipe(KernelDef kernel, Packing packing, Schedule schedule) {

    /// @throws tern.ir.text.IrException if a text is wrong, or the packing none
    /// @throws IllegalArgumentException if a text declares something else than it should
    public static Recipe of(ProblemKey problem, Candidate candidate) {
        // No library behind it: a record means what it says, whatever the library says today.
        var text = new Source("record", candidate.packing() + "\n" + problem.kernel() + "\n" + candidate.schedule());
        Tir tir = Tir.parse(text, null);
        if (tir.kernels().size() != 1 || tir.packings().size() != 1 || tir.schedules().size() != 1)
            throw new IllegalArgumentException("a record has one kernel, one packing and one schedule, not %d, %d and %d"
                    .formatted(tir.kernels().size(), tir.packings().size(), tir.schedules().size()));
        Packing packing = tir.packings().getFirst();
        PackingCheck.of(packing).require();
        return new Recipe(tir.kernels().getFirst(), packing, tir.schedules().getFirst().schedule());
    }
}
