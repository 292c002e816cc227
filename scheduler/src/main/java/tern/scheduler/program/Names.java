package tern.scheduler.program;

import tern.ir.Element;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// Fresh names of one program.
public final class Names {

    private int next;

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
