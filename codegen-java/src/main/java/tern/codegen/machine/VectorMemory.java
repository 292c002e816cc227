package tern.codegen.machine;

import org.jspecify.annotations.Nullable;
import tern.codegen.machine.code.Condition;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Type;

/// Moves parts of vectors from and to memory. Where a limit cuts a part, nothing beyond may be touched: a mask leaves
/// it out, or, where there is none, lanes go through the frame byte by byte.
final class VectorMemory {

    private final Selection at;
    private final Code code;
    private final General general;
    private final Lanes lanes;
    private @Nullable Memory area;

    VectorMemory(Selection at, Lanes lanes) {
        this.at = at;
        this.code = at.code;
        this.general = at.general;
        this.lanes = lanes;
    }

    private Memory area() {
        if (area == null) area = code.area(at.registerBytes());
        return area;
    }

    Register load(Expr.Load load, int part) {
        int bits = at.partBits(load.type());
        Memory place = at.addresses.of(load.buffer(), load.index(), (long) at.registerBytes() * part);
        return load.limit() == null ? lanes.load(place, bits) : loadBelow(load.type(), part, load.index(), load.limit(), place);
    }

    /// Elements from the part's first one up to the limit; may be negative.
    private Register left(Expr index, Expr limit, int first) {
        Register left = general.compute(Operation.SUBTRACT, at.scalars.general(limit), at.scalars.general(index));
        return first == 0 ? left : general.compute(Operation.SUBTRACT, left, first);
    }

    private Register loadBelow(Type type, int part, Expr index, Expr limit, Memory place) {
        int bits = at.partBits(type), count = bits / type.element().bits();
        Register left = left(index, limit, part * count);
        if (lanes instanceof Avx512Lanes masked) return masked.load(place, left, count, type.element().bytes());
        Register result = code.vector();
        int cut = code.label(), end = code.label();
        general.compare(left, count);
        code.jump(Condition.LESS, cut);
        code.move(result, lanes.load(place, bits));
        code.jump(null, end);
        code.place(cut);
        lanes.store(area(), lanes.zero(true), at.set.vectorBits());
        bytes(general.address(place), general.address(area()), left, type.element().bytes());
        code.move(result, lanes.load(area(), at.set.vectorBits()));
        code.place(end);
        return result;
    }

    void storeBelow(Loop.Store store, int part, Register value) {
        Expr limit = store.limit();
        if (limit == null) throw new IllegalArgumentException("a store without a limit");
        Type type = store.value().type();
        int bits = at.partBits(type), count = bits / type.element().bits();
        Memory place = at.addresses.of(store.buffer(), store.index(), (long) at.registerBytes() * part);
        Register left = left(store.index(), limit, part * count);
        if (lanes instanceof Avx512Lanes masked) {
            masked.store(place, value, left, count, type.element().bytes());
            return;
        }
        int cut = code.label(), end = code.label();
        general.compare(left, count);
        code.jump(Condition.LESS, cut);
        lanes.store(place, value, bits);
        code.jump(null, end);
        code.place(cut);
        lanes.store(area(), value, at.set.vectorBits());
        bytes(general.address(area()), general.address(place), left, type.element().bytes());
        code.place(end);
    }

    /// Copies so many elements, none if the number is negative, the last byte first.
    private void bytes(Register from, Register to, Register elements, int size) {
        Register count = size == 1 ? code.copy(elements) : general.compute(Operation.MULTIPLY, elements, size);
        int behind = code.label();
        general.compareWithZero(count);
        code.jump(Condition.LESS_OR_EQUAL, behind);
        Code.Range range = code.head(null);
        general.increase(count, -1);
        general.store(8, new Memory(to, count, 1, 0, -1), general.load(8, false, new Memory(from, count, 1, 0, -1)));
        general.compareWithZero(count);
        code.jump(Condition.GREATER, range.head());
        code.place(range.end());
        code.place(behind);
    }
}
