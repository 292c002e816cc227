package tern.scheduler;

import tern.ir.Element;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// Fresh names of one program.
final class Names {

    private int next;

    Var value(String stem, Type type) {
        return Var.value(stem + next++, type);
    }

    Var mutable(String stem, Type type) {
        return Var.mutable(stem + next++, type);
    }

    Var index(String stem) {
        return Var.value(stem + next++, new Type(Element.I32, 1));
    }
}
