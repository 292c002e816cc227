package tern.codegen.jvm.device;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr.Compare.Relation;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// Programs that no one would write: every operation on every element and number of lanes.
public final class RandomPrograms {

    private static final Element[] INTEGERS = {
        Element.I8, Element.U8, Element.I16, Element.U16, Element.I32, Element.U32, Element.I64, Element.U64
    };
    private static final int EXTENT = 256;

    private final Random random;
    private final List<Buf> buffers = new ArrayList<>();
    private final List<Var> variables = new ArrayList<>();
    private int names;

    public RandomPrograms(Random random) {
        this.random = random;
    }

    /// Inputs, a few variables, one store in a loop.
    public Program program(int number) {
        buffers.clear();
        variables.clear();
        names = 0;
        int lanes = 1 << random.nextInt(8);
        Type type = new Type(element(), lanes);
        Var i = Var.value("i", Type.I32);
        List<Loop> steps = new ArrayList<>();
        for (int v = random.nextInt(3); v >= 0; v--) {
            Type of = new Type(random.nextInt(4) == 0 ? Element.BOOL : element(), random.nextInt(3) == 0 ? 1 << random.nextInt(7) : lanes);
            boolean mutable = random.nextBoolean();
            Var var = new Var("v" + names++, of, mutable);
            steps.add(new Loop.Let(var, value(of, 2)));
            variables.add(var);
            if (mutable) steps.add(new Loop.Set(var, value(of, 2)));
        }
        Expr value = value(type, 4);
        Buf out = Buf.out("y", type.element(), Expr.i32(4 * lanes));
        Expr index = Expr.multiply(Expr.ref(i), Expr.i32(lanes));
        Expr limit = random.nextInt(3) == 0 ? Expr.i32(random.nextInt(4 * lanes + 3)) : null;
        steps.add(new Loop.Store(out, index, value, limit));
        Binding binding = new Binding[] {Binding.SERIAL, Binding.CORES, Binding.UNROLLED}[random.nextInt(3)];
        Loop body = Loop.loop(i, lanes > 16 ? 2 : 4, binding, Loop.block(steps));
        List<Buf> all = new ArrayList<>(buffers);
        all.add(out);
        return new Program("random" + number, "random.tir", List.of(), all, new Loop.At(number + 1, body));
    }

    private Element element() {
        return random.nextInt(5) == 0 ? Element.F32 : INTEGERS[random.nextInt(INTEGERS.length)];
    }

    private Expr value(Type type, int depth) {
        for (int i = 0; i < 2; i++) {
            if (variables.isEmpty()) break;
            Var var = variables.get(random.nextInt(variables.size()));
            boolean computed = type.element() == Element.F32 && depth == 0;
            if (var.type().equals(type) && !computed && random.nextInt(3) == 0) return Expr.ref(var);
        }
        Element element = type.element();
        if (depth == 0) return leaf(type);
        if (element == Element.BOOL) return bool(type, depth);
        if (element == Element.F16 || element == Element.BF16)
            return new Expr.Convert(type, value(type.withElement(Element.F32), depth - 1));
        return element == Element.F32 ? real(type, depth - 1) : integer(type, depth - 1);
    }

    private Expr leaf(Type type) {
        Element element = type.element();
        switch (random.nextInt(4)) {
            case 0 -> {
                if (element.isInteger()) return new Expr.Int(type, number(element));
                if (element == Element.F32) return new Expr.Real(type, random.nextInt(-20, 20) / 4f);
            }
            case 1 -> {
                if (type.lanes() > 1 && (element.isInteger() || element == Element.F32 || element == Element.BOOL))
                    return new Expr.Broadcast(type, leaf(type.withLanes(1)));
            }
            default -> {}
        }
        Buf buffer = Buf.in("b" + buffers.size(), element, Expr.i32(EXTENT), null);
        buffers.add(buffer);
        int start = random.nextInt(EXTENT - type.lanes() + 1);
        if (random.nextInt(4) == 0)
            return new Expr.Load(type, buffer, Expr.i32(start), Expr.i32(start - 2 + random.nextInt(type.lanes() + 4)));
        return Expr.load(buffer, Expr.i32(start), type.lanes());
    }

    /// Any that the element holds.
    private long number(Element element) {
        int unused = 64 - element.bits();
        long bits = Differential.bits(element, random) << unused;
        return element.isSigned() ? bits >> unused : bits >>> unused;
    }

    private Expr bool(Type type, int depth) {
        return switch (random.nextInt(6)) {
            case 0 -> new Expr.Unary(Expr.Unary.Operation.NOT, value(type, depth - 1));
            case 1, 2 -> {
                Operation op = new Operation[] {Operation.AND, Operation.OR, Operation.XOR}[random.nextInt(3)];
                yield new Expr.Binary(op, value(type, depth - 1), value(type, depth - 1));
            }
            case 3 -> leaf(type);
            default -> {
                Type operand = type.withElement(element());
                Relation relation = Relation.values()[random.nextInt(6)];
                yield new Expr.Compare(relation, value(operand, depth - 1), value(operand, depth - 1));
            }
        };
    }

    private Expr common(Type type, int depth) {
        return switch (random.nextInt(6)) {
            case 0 -> new Expr.Select(value(type.withElement(Element.BOOL), depth), value(type, depth), value(type, depth));
            case 1 -> {
                Type table = type.withLanes(1 << random.nextInt(9));
                if (table.bits() > 4096) table = type.withLanes(4096 / type.element().bits());
                Element index = type.element().isInteger() ? type.element() : Element.I32;
                yield new Expr.Lookup(value(table, Math.min(depth, 1)), value(type.withElement(index), depth));
            }
            case 2 -> {
                Type from = type.withLanes(1 << random.nextInt(8));
                int offset = random.nextInt(from.lanes());
                boolean straight = random.nextBoolean();
                yield new Expr.Shuffle(value(from, depth), IntStream.range(0, type.lanes())
                        .mapToObj(l -> straight ? (offset + l) % from.lanes() : random.nextInt(from.lanes()))
                        .toList());
            }
            case 3 -> {
                // What a NaN looks like after an operation is not defined.
                if (!type.element().isFloat() && type.lanes() > 1 && type.bits() >= 128 && random.nextBoolean()) yield regrouped(type, depth);
                Element twin = twin(type.element());
                yield new Expr.Bitcast(type, value(type.withElement(twin), twin == Element.F32 ? 0 : depth));
            }
            case 4 -> {
                if (!type.isScalar()) yield value(type, depth);
                Operation[] ops = type.element().isFloat()
                        ? new Operation[] {Operation.ADD, Operation.MIN, Operation.MAX}
                        : new Operation[] {Operation.ADD, Operation.MIN, Operation.MAX, Operation.AND, Operation.OR, Operation.XOR};
                yield new Expr.Reduce(ops[random.nextInt(ops.length)], value(type.withLanes(1 << random.nextInt(8)), depth));
            }
            default -> new Expr.Convert(type, value(type.withElement(source(type.element())), depth));
        };
    }

    private Element source(Element to) {
        if (to == Element.F32 && random.nextInt(3) == 0) return random.nextBoolean() ? Element.F16 : Element.BF16;
        return random.nextInt(6) == 0 ? Element.BOOL : element();
    }

    private Element twin(Element element) {
        if (element == Element.F32) return random.nextBoolean() ? Element.I32 : Element.U32;
        for (Element other : INTEGERS) if (other != element && other.bits() == element.bits() && random.nextBoolean()) return other;
        return element.bits() == 32 ? Element.F32 : element;
    }

    private Element randomByte() {
        return random.nextBoolean() ? Element.I8 : Element.U8;
    }

    /// The bits of `type` from lanes of another width.
    private Expr regrouped(Type type, int depth) {
        Element[] wide = {Element.U16, Element.I32, Element.U64}, narrow = {Element.I8, Element.U8, Element.I16};
        Element[] others = type.element().bits() < 16 ? wide : narrow;
        Element other = others[random.nextInt(others.length)];
        if (type.bits() / other.bits() > EXTENT) return value(type, depth);
        return new Expr.Bitcast(type, value(new Type(other, type.bits() / other.bits()), depth));
    }

    private Expr real(Type type, int depth) {
        return switch (random.nextInt(5)) {
            case 0 -> common(type, depth);
            case 1 -> new Expr.Unary(new Expr.Unary.Operation[] {
                Expr.Unary.Operation.NEGATE, Expr.Unary.Operation.ABS,
                Expr.Unary.Operation.SQRT, Expr.Unary.Operation.ROUND}[random.nextInt(4)], value(type, depth));
            case 2 -> new Expr.Fma(value(type, depth), value(type, depth), value(type, depth));
            default -> new Expr.Binary(new Operation[] {
                Operation.ADD, Operation.SUBTRACT, Operation.MULTIPLY,
                Operation.DIVIDE, Operation.MIN, Operation.MAX}[random.nextInt(6)], value(type, depth), value(type, depth));
        };
    }

    private Expr integer(Type type, int depth) {
        Operation op = Operation.values()[random.nextInt(Operation.values().length)];
        return switch (random.nextInt(5)) {
            case 0, 1 -> common(type, depth);
            case 2 -> {
                if ((type.element() == Element.I16 || type.element() == Element.I32) && type.lanes() <= EXTENT / 2 && random.nextBoolean()) {
                    boolean bytes = type.element() == Element.I16;
                    Type pairs = type.withLanes(2 * type.lanes()).withElement(bytes ? randomByte() : Element.I16);
                    yield new Expr.Dot(
                            value(type, depth), value(pairs, depth), value(bytes ? pairs.withElement(randomByte()) : pairs, depth));
                }
                if (type.element() == Element.I32 && type.lanes() <= 64) {
                    Type bytes = new Type(randomByte(), 4 * type.lanes());
                    Type others = bytes.withElement(randomByte());
                    yield new Expr.Dot(value(type, depth), value(bytes, depth), value(others, depth));
                }
                yield new Expr.Unary(new Expr.Unary.Operation[] {
                    Expr.Unary.Operation.NEGATE, Expr.Unary.Operation.ABS,
                    Expr.Unary.Operation.NOT}[random.nextInt(3)], value(type, depth));
            }
            default -> {
                if (op.isShift()) yield shift(op, type, depth);
                if (op == Operation.DIVIDE || op == Operation.REMAINDER) {
                    if (!type.isScalar()) yield value(type, depth);
                    yield new Expr.Binary(op, value(type, depth), new Expr.Int(type, 1 + random.nextInt(100)));
                }
                yield new Expr.Binary(op, value(type, depth), value(type, depth));
            }
        };
    }

    private Expr shift(Operation op, Type type, int depth) {
        Operation shift = op == Operation.SHIFT_RIGHT && !type.element().isSigned() ? Operation.SHIFT_RIGHT_LOGICAL : op;
        int count = random.nextInt(type.element().bits());
        if (random.nextInt(4) > 0) return new Expr.Binary(shift, value(type, depth), Expr.i32(count));
        Buf counts = Buf.in("b" + buffers.size(), Element.I32, Expr.i32(EXTENT), tern.ir.Interval.of(0, type.element().bits() - 1));
        buffers.add(counts);
        return new Expr.Binary(shift, value(type, depth), Expr.load(counts, Expr.i32(count), 1));
    }
}
