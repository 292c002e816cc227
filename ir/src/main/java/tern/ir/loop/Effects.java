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
        collect(loop.body(), all);
        changed.put(loop, all);
        return all;
    }

    private void collect(Loop loop, Set<Object> into) {
        switch (loop) {
            case Loop.Block(var steps) -> steps.forEach(step -> collect(step, into));
            case Loop.For inner -> into.addAll(of(inner));
            case Loop.Set(Var var, _) -> into.add(var);
            case Loop.Store(Buf buffer, _, _, _) -> into.add(buffer);
            case Loop.CopyAsync(Buf to, _, _, _, _) -> into.add(to);
            case Loop.TileProduct product -> into.add(product.sums());
            case Loop.If(_, Loop then) -> collect(then, into);
            case Loop.Outline(_, Loop body) -> collect(body, into);
            case Loop.At(_, Loop body) -> collect(body, into);
            case Loop.CopyBulk copy -> into.add(copy.to());
            case Loop.GroupProduct product -> into.addAll(product.sums());
            case Loop.Let _, Loop.Barrier _, Loop.Wait _, Loop.Launches _, Loop.Fetch _, Loop.Await _, Loop.GroupWait _ -> {}
        }
    }
}
