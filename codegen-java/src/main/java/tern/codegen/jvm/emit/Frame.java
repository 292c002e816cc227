package tern.codegen.jvm.emit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Type;
import tern.ir.loop.Buf;
import tern.ir.loop.Var;

/// The locals of one method.
public final class Frame {

    private final Map<Var, Home> homes = new HashMap<>();
    private final List<Var> bound = new ArrayList<>();
    private final Map<Buf, Integer> bases = new HashMap<>();
    private final Map<Object, Integer> kept = new HashMap<>();
    private final Remarks remarks;
    private int next;
    private int depth;

    /// @param used    locals that the signature takes
    /// @param remarks told what locals are called
    Frame(int used, Remarks remarks) {
        next = used;
        this.remarks = remarks;
    }

    /// The local of the next parameter, where `used` did not count it.
    public int parameter(Type type, String name) {
        int slot = next(type.getSize());
        remarks.parameter(slot, name);
        return slot;
    }

    /// A new local. The next value stored there is its first.
    public int allocate(Type type, String name) {
        int slot = next(type.getSize());
        remarks.local(slot, name);
        return slot;
    }

    /// A new local for a vector or a mask.
    int reference(String name) {
        int slot = next(1);
        remarks.local(slot, name);
        return slot;
    }

    private int next(int size) {
        int slot = next;
        next += size;
        return slot;
    }

    int mark() {
        return next;
    }

    /// Gives back all locals allocated since `mark`. What is written in a branch is between mark and release.
    void release(int mark) {
        next = mark;
        kept.values().removeIf(slot -> slot >= mark);
    }

    /// The local that holds the value of that name, if there is one.
    @Nullable
    Integer kept(Object name) {
        return kept.get(name);
    }

    /// Remembers what a local holds until it is given back.
    void keep(Object name, int slot) {
        kept.put(name, slot);
    }

    public void bind(Var var, Home home) {
        homes.put(var, home);
        bound.add(var);
    }

    /// Variables bound so far.
    int bindings() {
        return bound.size();
    }

    /// Forgets all variables bound since there were `bindings` of them.
    void unbind(int bindings) {
        while (bound.size() > bindings) homes.remove(bound.removeLast());
    }

    Home home(Var var) {
        Home home = homes.get(var);
        if (home == null) throw new IllegalArgumentException("variable " + var + " is used outside of its block");
        return home;
    }

    public void bind(Buf buffer, int slot) {
        bases.put(buffer, slot);
    }

    /// The local that holds the address of a buffer.
    public int base(Buf buffer) {
        Integer slot = bases.get(buffer);
        if (slot == null) throw new IllegalArgumentException("buffer " + buffer + " is not declared");
        return slot;
    }

    /// Loops around the current statement.
    int depth() {
        return depth;
    }

    void enterLoop() {
        depth++;
    }

    void leaveLoop() {
        depth--;
    }
}
