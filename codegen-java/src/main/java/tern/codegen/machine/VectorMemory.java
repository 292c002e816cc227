package tern.codegen.machine;

import static tern.codegen.machine.x86.Integers.*;

import org.jspecify.annotations.Nullable;
import tern.codegen.machine.x86.Condition;
import tern.codegen.machine.x86.Operand.Immediate;
import tern.codegen.machine.x86.Operand.Memory;
import tern.codegen.machine.x86.Operand.Register;
import tern.codegen.machine.x86.Vectors;
import tern.ir.Element;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Type;

/// Moves parts of vectors from and to memory. Where a limit cuts a part, its lanes go through the frame byte by byte, since nothing beyond
/// may be touched.
final class VectorMemory {

    private final Selection at;
    private final Code code;
    private @Nullable Memory area;

    VectorMemory(Selection at) {
        this.at = at;
        this.code = at.code;
    }

    private Memory area() {
        if (area == null) area = code.area(32);
        return area;
    }

    /// Where a part lies that an instruction may read for itself; null if it is elsewhere.
    @Nullable
    Memory place(Expr expr, int part) {
        if (expr instanceof Expr.Bitcast(_, Expr a) && !Scalars.isNumber(a.type())) return place(a, part);
        if (!(expr instanceof Expr.Load load) || load.limit() != null || load.type().element() == Element.BOOL) return null;
        return load.type().bits() < 128 ? null : at.addresses.of(load.buffer(), load.index(), 32L * part);
    }

    Register load(Expr.Load load, int part) {
        int bits = Statements.partBits(load.type());
        Memory place = at.addresses.of(load.buffer(), load.index(), 32L * part);
        return load.limit() == null ? load(place, bits) : loadBelow(load.type(), part, load.index(), load.limit(), place);
    }

    /// Lanes that are `bits` wide together.
    Register load(Memory place, int bits) {
        return switch (bits) {
            case 256, 128 -> code.vector(Vectors.LOAD, bits == 256, place);
            case 64 -> code.vector(Vectors.LOADQ, false, place);
            case 32 -> code.vector(Vectors.MOVD, false, place);
            case 16 -> code.vector(Vectors.MOVD, false, code.general(MOVZX16, place));
            default -> code.vector(Vectors.MOVD, false, code.general(MOVZX8, place));
        };
    }

    void store(Memory place, Register value, int bits) {
        switch (bits) {
            case 256, 128 -> code.put(Vectors.STORE, bits == 256, place, value);
            case 64 -> code.put(Vectors.STOREQ, place, value);
            case 32 -> code.put(Vectors.TO_D, place, value);
            case 16 -> code.put(Vectors.STORE_W, place, value, new Immediate(0));
            default -> code.put(STORE8, place, code.general(Vectors.TO_D, value));
        }
    }

    /// Elements from the part's first one up to the limit; may be negative.
    private Register left(Expr index, Expr limit, int first) {
        Register left = code.modify(SUB, at.scalars.general(limit), at.scalars.general(index));
        return first == 0 ? left : code.modify(SUB_I, left, new Immediate(first));
    }

    private Register loadBelow(Type type, int part, Expr index, Expr limit, Memory place) {
        int bits = Statements.partBits(type), lanes = bits / type.element().bits();
        Register left = left(index, limit, part * lanes), result = code.vector();
        int cut = code.label(), end = code.label();
        code.put(CMP_I, left, new Immediate(lanes));
        code.jump(Condition.LESS, cut);
        code.move(result, load(place, bits));
        code.jump(null, end);
        code.place(cut);
        code.put(Vectors.STORE, true, area(), code.vector(Vectors.LOAD, true, code.constant(8, 0)));
        bytes(code.general(LEA, place), code.general(LEA, area()), left, type.element().bytes());
        code.move(result, code.vector(Vectors.LOAD, true, area()));
        code.place(end);
        return result;
    }

    void storeBelow(Loop.Store store, int part, Register value) {
        Expr limit = store.limit();
        if (limit == null) throw new IllegalArgumentException("a store without a limit");
        Type type = store.value().type();
        int bits = Statements.partBits(type), lanes = bits / type.element().bits();
        Memory place = at.addresses.of(store.buffer(), store.index(), 32L * part);
        Register left = left(store.index(), limit, part * lanes);
        int cut = code.label(), end = code.label();
        code.put(CMP_I, left, new Immediate(lanes));
        code.jump(Condition.LESS, cut);
        store(place, value, bits);
        code.jump(null, end);
        code.place(cut);
        code.put(Vectors.STORE, true, area(), value);
        bytes(code.general(LEA, area()), code.general(LEA, place), left, type.element().bytes());
        code.place(end);
    }

    /// Copies so many elements, none if the number is negative, the last byte first.
    private void bytes(Register from, Register to, Register elements, int size) {
        Register count = size == 1 ? code.copy(elements) : code.general(IMUL_I, elements, new Immediate(size));
        int behind = code.label();
        code.put(TEST, count, count);
        code.jump(Condition.LESS_OR_EQUAL, behind);
        Code.Range range = code.head(null);
        code.put(SUB_I, count, new Immediate(1));
        code.put(STORE8, new Memory(to, count, 1, 0, -1), code.general(MOVZX8, new Memory(from, count, 1, 0, -1)));
        code.put(TEST, count, count);
        code.jump(Condition.GREATER, range.head());
        code.place(range.end());
        code.place(behind);
    }
}
