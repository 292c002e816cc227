package tern.codegen.cuda.export;

import static java.util.Locale.ROOT;

import tern.ir.Packing;
import tern.ir.device.LoweredKernel;
import tern.ir.target.Target;
import tern.ir.text.Printer;

/// All that a kernel was made from, as one text of Tern's language: its packing says where the bits of each weight lie.
final class PackingText {

    private PackingText() {}

    static String of(LoweredKernel kernel, Target target) {
        Packing packing = kernel.packing();
        return String.format(ROOT, """
                // Made by Tern: what %s was made from.
                // A tile holds %d rows x %d columns in %d bytes; tiles follow each other as the packing says; rows and columns beyond
                // m = %d and k = %d are filled with zero weights. In all %d bytes. Numbers are little endian.
                // `tern dump --stage packing THIS_FILE` draws the tile.

                %s
                %s

                %s
                """, kernel.name(), packing.rows(), packing.columns(), packing.tileBytes(), kernel.m(), kernel.k(),
                packing.bytes(kernel.m(), kernel.k()), Printer.printWithCodecs(packing), Printer.print(kernel.definition()),
                Printer.print(target.name(), kernel.schedule()));
    }
}
