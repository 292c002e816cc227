package tern.ir.loop;

import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Set;

/// Which variables and buffers each loop of a program may change.
final class Effects {

    private final IdentityHashMap<Loop.For, Set<Object>> changed = new IdentityHashMap<>();

    /// Variables ([Var]) and buffers ([Buf]) that the body sets, stores to or copies to.
    Set<Object> of(Loop.For loop) {
        Set<Object> known = changed.get(loop);
        if (known != null) return known;
        var all = new HashSet<>();
        new Rewriter() {
            @Override
            public Loop of(Loop part) {
                if (!(part instanceof Loop.For inner)) return parts(part);
                all.addAll(Effects.this.of(inner));
                return part;
            }

            @Override
            public Expr of(Expr expr) {
                return expr;
            }

            @Override
            protected Buf to(Buf buffer) {
                all.add(buffer);
                return buffer;
            }

            @Override
            protected Var set(Var var) {
                all.add(var);
                return var;
            }
        }.of(loop.body());
        changed.put(loop, all);
        return all;
    }
}
