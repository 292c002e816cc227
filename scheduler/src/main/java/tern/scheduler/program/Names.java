package tern.scheduler.program;

import java.util.Locale;
import tern.ir.Element;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// Names within a program, each of them new, and what programs are called.
public final class Names {

    private int next;

    /// What the names of a kernel's programs begin with: `bitlinear_n1_m6912_k2560_tri5r32`.
    public static String program(KernelDef kernel, int m, int k, int maxTokens, Packing packing) {
        return String.format(Locale.ROOT, "%s_%s_m%d_k%d_%s", kernel.name(), maxTokens == 1 ? "n1" : "nx", m, k, packing.name());
    }

    public Var value(String stem, Type type) {
        return Var.value(stem + next++, type);
    }

    public Var mutable(String stem, Type type) {
        return Var.mutable(stem + next++, type);
    }

    public Var index(String stem) {
        return Var.value(stem + next++, new Type(Element.I32, 1));
    }
}
