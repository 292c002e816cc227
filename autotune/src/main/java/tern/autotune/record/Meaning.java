package tern.autotune.record;

import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.text.IrException;
import tern.ir.text.Source;
import tern.ir.text.Tir;

/// The texts of a record, parsed again; no other text is needed for it.
public record Meaning(KernelDef kernel, Packing packing, Schedule schedule) {

    /// @param packing its codecs before it
    /// @throws IrException              if they are not sound
    /// @throws IllegalArgumentException if they are other things than a kernel, a packing and a schedule
    public static Meaning of(String kernel, String packing, String schedule) {
        var source = new Source("record", kernel + "\n" + packing + "\n" + schedule);
        Tir tir = Tir.parse(source, null);
        if (tir.kernels().size() != 1 || tir.packings().size() != 1 || tir.schedules().size() != 1)
            throw new IllegalArgumentException("%d kernels, %d packings and %d schedules, where there should be one of each"
                    .formatted(tir.kernels().size(), tir.packings().size(), tir.schedules().size()));
        return new Meaning(tir.kernels().getFirst(), tir.packings().getFirst(), tir.schedules().getFirst().schedule());
    }
}
