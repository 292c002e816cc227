package tern.ir.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Loop.Binding;

/// Random programs that use every construct, of agreeing types but without any sense.
final class Programs {

    private static final List<Element> NUMBERS = List.of(
            Element.I8, Element.U8, Element.I16, Element.U16, Element.I32, Element.U32, Element.I64, Element.U64, Element.F32);

    private final SplittableRandom random;
    private final List<Buf> buffers = new ArrayList<>();
    private final List<Var> variables = new ArrayList<>();
    private int names;

    private Programs(long seed) {
        random = new SplittableRandom(seed);
    }

    static Program random(long seed) {
        return new Programs(seed).program();
    }

    private Program program() {
        Var n = Var.value("n", Type.I32);
        variables.add(n);
        for (Element element : NUMBERS)
            buffers.add(Buf.in(name(), element, Expr.multiply(Expr.ref(n), Expr.i32(1 + random.nextInt(99))),
                    element.isFloat() || random.nextBoolean() ? null : Interval.of(0, random.nextInt(127))));
        buffers.add(Buf.out(name(), pick(NUMBERS), Expr.i32(64)));
        buffers.add(new Buf(name(), pick(NUMBERS), Buf.Scope.INOUT, Expr.i32(64), null, null));
        buffers.add(Buf.constant(name(), Element.I16,
                random.ints(1 + random.nextInt(80), -999, 999).toArray()));
        buffers.add(Buf.scratch(name(), pick(NUMBERS), Buf.Scope.CORE, 64, null));
        buffers.add(Buf.scratch(name(), Element.F16, Buf.Scope.TEAM, 64, null));
        return new Program(name(), "any \"quoted\\name\".tir", List.of(new Program.Scalar(n, Interval.of(1, 32))), buffers, loop(5));
    }

    private String name() {
        return "v" + names++;
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private <T> T pick(T[] array) {
        return array[random.nextInt(array.length)];
    }

    private Loop loop(int depth) {
        return switch (random.nextInt(depth > 0 ? 18 : 7)) {
            case 0, 1 -> {
                Type type = type();
                Expr value = expr(type, depth);
                var var = new Var(name(), type, random.nextBoolean());
                variables.add(var);
                yield new Loop.Let(var, value);
            }
            case 2 -> {
                List<Var> mutable = variables.stream().filter(Var::mutable).toList();
                if (mutable.isEmpty()) yield new Loop.Barrier(Binding.CORES);
                Var var = pick(mutable);
                Expr value = expr(var.type(), depth);
                if (random.nextBoolean() && !var.type().element().equals(Element.BOOL))
                    value = new Expr.Binary(Operation.ADD, new Expr.Ref(var), value);
                yield new Loop.Set(var, value);
            }
            case 3 -> {
                Buf buf = pick(buffers);
                Type type = new Type(buf.element(), 1 << random.nextInt(4));
                yield new Loop.Store(buf, expr(Type.I32, depth), expr(type, depth),
                        random.nextBoolean() ? null : expr(Type.I32, 1));
            }
            case 4 -> new Loop.Barrier(pick(Binding.values()));
            case 5 -> new Loop.CopyAsync(pick(buffers), expr(Type.I32, 1), pick(buffers), expr(Type.I32, 1),
                    1 + random.nextInt(64));
            case 11 -> new Loop.TileProduct(pick(buffers), expr(Type.I32, 1), pick(buffers), expr(Type.I32, 1), 1 + random.nextInt(2),
                    pick(buffers), expr(Type.I32, 1), 1 + random.nextInt(2), 1 + random.nextInt(60));
            case 12 -> new Loop.CopyBulk(pick(buffers), expr(Type.I32, 1), pick(buffers), expr(Type.I32, 1), 1 + random.nextInt(64),
                    pick(buffers), expr(Type.I32, 1));
            case 13 -> random.nextBoolean() ? new Loop.GroupWait(random.nextInt(3)) : new Loop.Await(pick(buffers), expr(Type.I32, 1), expr(Type.I32, 1));
            case 14 -> variables.isEmpty()
                    ? new Loop.GroupWait(0)
                    : new Loop.GroupProduct(List.of(pick(variables), pick(variables)),
                            IntStream.range(0, 4).mapToObj(_ -> expr(type(), 1)).toList(), pick(buffers), expr(Type.I32, 1), 1 + random.nextInt(99));
            case 6 -> new Loop.Wait(random.nextInt(4));
            case 16 -> new Loop.GridDependency(pick(Loop.GridAction.values()));
            case 17 -> new Loop.Prefetch(pick(buffers), expr(Type.I32, 1), 1 + random.nextInt(64));
            case 7 -> new Loop.If(expr(Type.BOOL, depth - 1), loop(depth - 1));
            case 8 -> new Loop.Outline(name(), loop(depth - 1));
            case 9 -> new Loop.At(random.nextInt(1000), loop(depth - 1));
            case 10 -> {
                Loop.Range range = random.nextInt(4) == 0
                        ? new Loop.Range.Listed(pick(buffers), expr(Type.I32, 1))
                        : new Loop.Range.Steps(expr(Type.I32, 2), expr(Type.I32, 2), 1 + random.nextInt(3));
                Var index = Var.value(name(), Type.I32);
                variables.add(index);
                yield new Loop.For(index, range, pick(Binding.values()), loop(depth - 1));
            }
            default -> new Loop.Block(IntStream.range(0, random.nextInt(5)).mapToObj(_ -> loop(depth - 1)).toList());
        };
    }

    private Type type() {
        return new Type(pick(NUMBERS), 1 << random.nextInt(5));
    }

    /// Any expression of a type.
    private Expr expr(Type type, int depth) {
        Element e = type.element();
        List<Var> fitting = variables.stream().filter(var -> var.type().equals(type)).toList();
        if (!fitting.isEmpty() && random.nextInt(3) == 0) return new Expr.Ref(pick(fitting));
        if (depth <= 0) return literal(type);
        if (e == Element.BOOL) {
            Type of = type.withElement(pick(NUMBERS));
            if (random.nextInt(3) > 0)
                return new Expr.Compare(pick(Expr.Compare.Relation.values()), expr(of, depth - 1), expr(of, depth - 1));
            return new Expr.Binary(
                    pick(List.of(Operation.AND, Operation.OR, Operation.XOR)), expr(type, depth - 1), expr(type, depth - 1));
        }
        if (e == Element.F16 || e == Element.BF16)
            return new Expr.Convert(type, expr(type.withElement(Element.F32), depth - 1));
        return switch (random.nextInt(16)) {
            case 0 -> literal(type);
            case 1 -> {
                List<Buf> of = buffers.stream().filter(buf -> buf.element() == e).toList();
                yield of.isEmpty() ? literal(type) : new Expr.Load(
                        type, pick(of), expr(Type.I32, depth - 1), random.nextBoolean() ? null : expr(Type.I32, depth - 1));
            }
            case 2, 3 -> new Expr.Unary(
                    pick(e.isFloat()
                            ? List.of(Expr.Unary.Operation.SQRT, Expr.Unary.Operation.ROUND, Expr.Unary.Operation.NEGATE)
                            : List.of(Expr.Unary.Operation.NOT, Expr.Unary.Operation.NEGATE, Expr.Unary.Operation.ABS)),
                    expr(type, depth - 1));
            case 4, 5, 6, 7 -> {
                var op = pick(e.isFloat()
                        ? new Operation[] {
                            Operation.ADD, Operation.SUBTRACT, Operation.MULTIPLY, Operation.DIVIDE, Operation.MIN, Operation.MAX
                        }
                        : Operation.values());
                yield new Expr.Binary(op, expr(type, depth - 1), expr(op.isShift() ? Type.I32 : type, depth - 1));
            }
            case 8 -> {
                if (!e.isFloat() && e.bits() >= 16 && random.nextBoolean())
                    yield new Expr.Bitcast(type, expr(new Type(Element.U8, type.bits() / 8), depth - 1));
                if (!e.isFloat()) yield new Expr.Bitcast(type, expr(type.withElement(sameWidth(e)), depth - 1));
                yield new Expr.Fma(expr(type, depth - 1), expr(type, depth - 1), expr(type, depth - 1));
            }
            case 9 -> new Expr.Select(expr(type.withElement(Element.BOOL), depth - 1), expr(type, depth - 1), expr(type, depth - 1));
            case 10 -> new Expr.Convert(type, expr(type.withElement(pick(NUMBERS)), depth - 1));
            case 11 -> new Expr.Broadcast(type, expr(type.withLanes(1), depth - 1));
            case 12 -> new Expr.Lookup(
                    expr(type.withLanes(1 << random.nextInt(4)), depth - 1), expr(type.withElement(integer(e)), depth - 1));
            case 13 -> {
                int lanes = 1 << random.nextInt(4);
                yield new Expr.Shuffle(expr(type.withLanes(lanes), depth - 1),
                        random.ints(type.lanes(), 0, lanes).boxed().toList());
            }
            case 14 -> type.isScalar()
                    ? new Expr.Reduce(pick(List.of(Operation.ADD, Operation.MIN, Operation.MAX)), expr(type.withLanes(8), depth - 1))
                    : literal(type);
            default -> {
                if (e == Element.I16) {
                    Type pairs = type.withLanes(2 * type.lanes());
                    yield new Expr.Dot(expr(type, depth - 1), expr(pairs.withElement(Element.U8), depth - 1),
                            expr(pairs.withElement(Element.I8), depth - 1));
                }
                if (e != Element.I32) yield literal(type);
                Type bytes = type.withLanes(4 * type.lanes());
                yield new Expr.Dot(expr(type, depth - 1), expr(bytes.withElement(Element.I8), depth - 1),
                        expr(bytes.withElement(Element.U8), depth - 1));
            }
        };
    }

    private static Element integer(Element e) {
        return e == Element.F32 ? Element.I32 : e;
    }

    private static Element sameWidth(Element e) {
        return Element.of((e.isSigned() ? "u" : "i") + e.bits());
    }

    private Expr literal(Type type) {
        if (!type.element().isFloat()) return new Expr.Int(type, random.nextInt(3) == 0 ? random.nextLong() : random.nextInt(-9, 9));
        return new Expr.Real(type, switch (random.nextInt(6)) {
            case 0 -> Float.NaN;
            case 1 -> Float.NEGATIVE_INFINITY;
            case 2 -> Float.MIN_VALUE;
            case 3 -> -0.0f;
            default -> Float.intBitsToFloat(random.nextInt());
        });
    }
}
