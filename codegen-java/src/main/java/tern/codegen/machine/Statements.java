package tern.codegen.machine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// Selects instructions for statements. An outlined body is placed where it is called: registers are given out by what a loop costs, so
/// that a procedure of its own would gain nothing.
final class Statements {

    /// Bytes between one prefetch and the next.
    private static final int CACHE_LINE = 64;

    private final Selection at;
    private final Code code;
    private final Loops loops;
    private @Nullable TileProducts tiles;

    Statements(Selection at) {
        this.at = at;
        this.code = at.code;
        this.loops = new Loops(at, this::emit);
    }

    void emit(Loop loop) {
        at.values.forget();
        switch (loop) {
            case Loop.Block(var steps) -> at.scoped(() -> steps.forEach(this::emit));
            case Loop.At(int line, Loop body) -> {
                code.line(line);
                emit(body);
            }
            case Loop.Outline(_, Loop body) -> at.scoped(() -> emit(body));
            case Loop.For each -> loops.each(each);
            case Loop.Let(Var var, Expr value) -> let(var, value);
            case Loop.Set(Var var, Expr value) -> set(var, value);
            case Loop.Store store -> store(store);
            case Loop.If(Expr condition, Loop then) -> {
                int end = code.label();
                at.scalars.unless(condition, end);
                at.scoped(() -> emit(then));
                code.place(end);
            }
            case Loop.Barrier(var scope) -> loops.barrier(scope);
            case Loop.CopyAsync copy -> copy(copy);
            case Loop.Prefetch(Buf buffer, Expr index, int elements) -> {
                for (long offset = 0; offset < (long) elements * buffer.element().bytes(); offset += CACHE_LINE)
                    at.general.prefetch(at.addresses.of(buffer, index, offset));
            }
            case Loop.Wait _, Loop.GridDependency _ -> {}
            case Loop.TileProduct product -> tiles().emit(product);
            case Loop.Group _ -> throw at.refuse("groups of warps");
        }
        at.values.forget();
    }

    private TileProducts tiles() {
        if (tiles == null) tiles = at.set.tiles(at, loops);
        return tiles;
    }

    // Variables

    private void let(Var var, Expr value) {
        if (var.type().equals(Type.I32) && !var.mutable()) {
            at.bind(var, new Home.Sum(at.addresses.terms(value)));
            return;
        }
        if (Scalars.isNumber(var.type())) {
            at.bind(var, new Home.Number(code.copy(at.scalars.general(value))));
            return;
        }
        at.values.bounds.note(var, value);
        int bits = var.type().element() == Element.BOOL ? at.values.masks.width(value) : var.type().element().bits();
        List<Register> parts = new ArrayList<>();
        for (int i = 0; i < at.parts(var.type().lanes(), bits); i++) {
            int before = code.registers();
            Register part = bits(var, value, bits, i);
            // What was there before may be a variable that will change.
            boolean own = var.mutable() || part.number() < before;
            parts.add(own ? code.copy(part) : part);
        }
        at.bind(var, new Home.Lanes(bits, parts));
    }

    private Register bits(Var var, Expr value, int bits, int part) {
        return var.type().element() == Element.BOOL ? at.values.masks.mask(value, bits, part) : at.values.part(value, part);
    }

    private void set(Var var, Expr value) {
        switch (at.home(var)) {
            case Home.Number(Register register) -> code.move(register, at.scalars.general(value));
            case Home.Lanes(int bits, var parts) -> {
                boolean laneByLane = parts.size() == 1 || Uses.laneByLane(value, var);
                List<Register> results = new ArrayList<>();
                for (int i = 0; i < parts.size(); i++) {
                    int before = code.registers();
                    Register result = bits(var, value, bits, i);
                    boolean fresh = result.number() >= before;
                    if (!laneByLane) {
                        // What was there before may be another part of the variable.
                        results.add(fresh ? result : code.copy(result));
                        continue;
                    }
                    if (fresh) code.assign(parts.get(i), result);
                    else code.move(parts.get(i), result);
                    at.values.forget();
                }
                if (!laneByLane) for (int i = 0; i < parts.size(); i++) code.move(parts.get(i), results.get(i));
            }
            case Home.Sum _ -> throw at.refuse("way to change " + var);
        }
    }

    // Memory

    private void store(Loop.Store store) {
        Type type = store.value().type();
        if (Scalars.isNumber(type)) {
            int end = code.label();
            Register value = at.scalars.general(store.value());
            Memory place = at.addresses.of(store.buffer(), store.index(), 0);
            if (store.limit() != null) at.scalars.outside(store.index(), store.limit(), end);
            at.general.store(type.element().bits(), place, value);
            code.place(end);
            return;
        }
        int parts = at.parts(type.lanes(), type.element().bits());
        if (parts > 1 && Uses.placeReads(store)) throw at.refuse("store whose place depends on what it writes: " + store.buffer());
        List<Register> values = new ArrayList<>();
        boolean ahead = parts > 1 && Uses.readsElsewhere(store);
        for (int i = 0; ahead && i < parts; i++) values.add(stored(store.value(), i));
        for (int i = 0; i < parts; i++) {
            Register value = ahead ? values.get(i) : stored(store.value(), i);
            if (store.limit() == null)
                at.values.lanes.store(at.addresses.of(store.buffer(), store.index(), (long) at.registerBytes() * i), value, at.partBits(type));
            else at.values.memory.storeBelow(store, i, value);
        }
    }

    /// As it lies in memory: a bool is a byte, 0 or 1.
    private Register stored(Expr value, int part) {
        if (value.type().element() != Element.BOOL) return at.values.part(value, part);
        return at.values.lanes.bytesOfMask(at.values.masks.mask(value, 8, part), Values.isWide(value.type()));
    }

    private void copy(Loop.CopyAsync copy) {
        int bytes = copy.elements() * copy.to().element().bytes();
        for (int offset = 0; offset < bytes;) {
            int now = bytes - offset >= at.registerBytes() ? at.registerBytes() : Integer.highestOneBit(bytes - offset);
            Memory from = at.addresses.of(copy.from(), copy.fromIndex(), offset), to = at.addresses.of(copy.to(), copy.toIndex(), offset);
            at.values.lanes.store(to, at.values.lanes.load(from, 8 * now), 8 * now);
            offset += now;
        }
    }
}
