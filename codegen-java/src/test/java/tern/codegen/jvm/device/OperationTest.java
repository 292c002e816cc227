package tern.codegen.jvm.device;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr.Compare.Relation;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// Each operation alone, on every element that has it and on 1 to 64 lanes, against the reference.
class OperationTest {

    private static final int[] LANES = {1, 2, 4, 8, 16, 32, 64};
    private static final int VECTORS = 3;

    private static Differential differential;

    @BeforeAll
    static void open() {
        differential = new Differential(2);
    }

    @AfterAll
    static void close() {
        differential.close();
    }

    /// `out = value(operands)` for every number of lanes; each in a method of its own.
    private static void check(String name, List<Type> operands, Function<List<Expr>, Expr> value) {
        List<Buf> in = new ArrayList<>(), out = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++)
            in.add(Buf.in("in" + i, operands.get(i).element(), i32(4 * VECTORS * 128), null));
        List<Loop> steps = new ArrayList<>();
        for (int lanes : LANES) {
            Var v = Var.value("v" + lanes, Type.I32);
            List<Expr> loads = new ArrayList<>();
            for (int i = 0; i < operands.size(); i++) {
                int each = lanes * operands.get(i).lanes();
                loads.add(Expr.load(in.get(i), multiply(ref(v), i32(each)), each));
            }
            Expr result = value.apply(loads);
            Buf to = Buf.out("out" + lanes, result.type().element(), i32(VECTORS * result.type().lanes()));
            out.add(to);
            Loop store = new Loop.Store(to, multiply(ref(v), i32(result.type().lanes())), result, null);
            steps.add(Loop.loop(v, VECTORS, Binding.CORES, new Loop.Outline("lanes" + lanes, store)));
        }
        List<Buf> all = new ArrayList<>(in);
        all.addAll(out);
        int ran = differential.check(new Program(name, "operations.tir", List.of(), all, Loop.block(steps)), 1, 0,
                new Random(name.hashCode()));
        // 64 lanes of 64 bits in registers of 128 may be too much for one method.
        Assertions.assertThat(ran).as(name).isGreaterThanOrEqualTo(2);
    }

    private static List<Type> types(Element... elements) {
        return Arrays.stream(elements).map(element -> new Type(element, 1)).toList();
    }

    static Stream<Element> numbers() {
        return Arrays.stream(Element.values()).filter(e -> e.isInteger() || e == Element.F32);
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void binary(Element e) {
        for (Operation op : Operation.values()) {
            boolean floats = e == Element.F32;
            switch (op) {
                case ADD, SUBTRACT, MULTIPLY, MIN, MAX -> {}
                case DIVIDE -> {
                    if (!floats) continue;
                }
                case AND, OR, XOR, MULTIPLY_HIGH -> {
                    if (floats) continue;
                }
                case REMAINDER, SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL -> {
                    continue;
                }
            }
            check(op + "_" + e, types(e, e), x -> new Expr.Binary(op, x.get(0), x.get(1)));
        }
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void shift(Element e) {
        if (e == Element.F32) return;
        for (Operation op : List.of(Operation.SHIFT_LEFT, Operation.SHIFT_RIGHT, Operation.SHIFT_RIGHT_LOGICAL)) {
            if (op == Operation.SHIFT_RIGHT && !e.isSigned()) continue; // there is none
            for (int count : new int[] {0, 1, e.bits() / 2 + 1, e.bits() - 1}) {
                check(op + "_" + e + "_" + count, types(e), x -> new Expr.Binary(op, x.getFirst(), i32(count)));
                check(op + "_masked_" + e + "_" + count, types(e),
                        x -> Expr.mask(new Expr.Binary(op, x.getFirst(), i32(count)), 5));
            }
            check(op + "_" + e + "_variable", types(e, Element.I32), x -> new Expr.Binary(op, x.get(0),
                    Expr.mask(new Expr.Shuffle(x.get(1), List.of(0)), e.bits() - 1)));
        }
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void unary(Element e) {
        for (var op : Expr.Unary.Operation.values()) {
            boolean floatsOnly = op == Expr.Unary.Operation.SQRT || op == Expr.Unary.Operation.ROUND;
            if (op == Expr.Unary.Operation.NOT ? e == Element.F32 : floatsOnly && e != Element.F32) continue;
            check(op + "_" + e, types(e), x -> new Expr.Unary(op, x.getFirst()));
        }
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void compareAndSelect(Element e) {
        for (Relation relation : Relation.values()) {
            check(relation + "_" + e, types(e, e), x -> new Expr.Compare(relation, x.get(0), x.get(1)));
            for (Element other : List.of(Element.I8, Element.U16, Element.F32, Element.I64))
                check(relation + "_" + e + "_select_" + other, types(e, e, other, other),
                        x -> new Expr.Select(new Expr.Compare(relation, x.get(0), x.get(1)), x.get(2), x.get(3)));
        }
        check("masked_add_" + e, types(e, e, e), x -> add(x.get(0),
                new Expr.Select(new Expr.Compare(Relation.LT, x.get(1), x.get(2)), x.get(2), Expr.zero(x.get(2).type()))));
        check("masked_subtract_" + e, types(e, Element.BOOL, e), x -> Expr.binary(Operation.SUBTRACT, x.get(0),
                new Expr.Select(x.get(1), x.get(2), Expr.zero(x.get(2).type()))));
    }

    @ParameterizedTest
    @EnumSource(Element.class)
    void convert(Element from) {
        for (Element to : Element.values()) {
            boolean half = from == Element.F16 || from == Element.BF16 || to == Element.F16 || to == Element.BF16;
            if (half && from != to && from != Element.F32 && to != Element.F32) continue;
            if (from != Element.BOOL && to == Element.BOOL) continue; // that is a comparison
            check(from + "_to_" + to, types(from), x -> Expr.convert(to, x.getFirst()));
        }
    }

    @Test
    void everyHalfFloat() {
        for (Element half : List.of(Element.F16, Element.BF16)) {
            Type type = new Type(half, 64);
            Buf out = Buf.out("wide", Element.F32, i32(65536)), back = Buf.out("back", half, i32(65536));
            Buf values = Buf.in("x", Element.U16, i32(65536), null);
            Var i = Var.value("i", Type.I32);
            Expr at = multiply(ref(i), i32(64));
            Expr wide = Expr.convert(Element.F32, new Expr.Bitcast(type, Expr.load(values, at, 64)));
            Loop body = Loop.loop(i, 1024, Binding.SERIAL, Loop.block(
                    new Loop.Outline("widen", new Loop.Store(out, at, wide, null)),
                    new Loop.Outline("narrow", new Loop.Store(back, at, Expr.convert(half, wide), null))));
            Random counter = new Random() {
                private static final long serialVersionUID = 1;
                private long next;

                @Override
                public int nextInt(int bound) {
                    return bound - 1;
                }

                @Override
                public long nextLong() {
                    return next++;
                }
            };
            Program program = new Program("every_" + half, "half.tir", List.of(), List.of(values, out, back), body);
            Assertions.assertThat(differential.check(program, 1, 0, counter)).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void reduce(Element e) {
        for (Operation op : List.of(Operation.ADD, Operation.MIN, Operation.MAX, Operation.AND, Operation.OR, Operation.XOR)) {
            if (e == Element.F32 && op.compareTo(Operation.AND) >= 0 && op.compareTo(Operation.XOR) <= 0) continue;
            check("reduce_" + op + "_" + e, types(e), x -> new Expr.Reduce(op, x.getFirst()));
        }
    }

    @ParameterizedTest
    @EnumSource(Element.class)
    void lookupAndShuffle(Element e) {
        if (e == Element.BOOL) return;
        Element index = switch (e.bits()) {
            case 8 -> Element.U8;
            case 16 -> Element.U16;
            case 32 -> Element.I32;
            default -> Element.I64;
        };
        for (int entries : new int[] {1, 2, 4, 8, 16, 32, 64, 128, 256}) {
            Buf table = Buf.in("table", e, i32(256), null);
            if (entries * e.bits() > 8192) continue;
            for (int shift : new int[] {0, 5}) lookup(e, index, entries, shift, table);
        }
        Random random = new Random(3);
        check("reverse_" + e, types(e), x -> new Expr.Shuffle(x.getFirst(), IntStream.range(0, x.getFirst().type().lanes())
                .mapToObj(l -> x.getFirst().type().lanes() - 1 - l).toList()));
        check("upper_" + e, types(e), x -> new Expr.Shuffle(x.getFirst(),
                IntStream.range(x.getFirst().type().lanes() / 2, Math.max(1, x.getFirst().type().lanes())).boxed().toList()));
        check("spread_" + e, types(e), x -> new Expr.Shuffle(x.getFirst(), IntStream.range(0, 64)
                .mapToObj(_ -> random.nextInt(x.getFirst().type().lanes())).toList()));
    }

    private static void lookup(Element e, Element index, int entries, int shift, Buf table) {
        List<Buf> buffers = new ArrayList<>();
        Buf indices = Buf.in("indices", index, i32(128), null);
        buffers.add(table);
        buffers.add(indices);
        List<Loop> steps = new ArrayList<>();
        for (int lanes : LANES) {
            Buf direct = Buf.out("direct" + lanes, e, i32(lanes)), let = Buf.out("let" + lanes, e, i32(lanes));
            buffers.add(direct);
            buffers.add(let);
            Expr codes = Expr.shiftRight(Expr.load(indices, i32(0), lanes), shift);
            steps.add(new Loop.Outline("direct" + lanes, new Loop.Store(direct, i32(0),
                    new Expr.Lookup(Expr.load(table, i32(0), entries), codes), null)));
            Var var = Var.value("table" + lanes, new Type(e, entries));
            steps.add(new Loop.Outline("let" + lanes, Loop.block(new Loop.Let(var, Expr.load(table, i32(0), entries)),
                    new Loop.Store(let, i32(0), new Expr.Lookup(ref(var), codes), null))));
        }
        Program program = new Program("lookup_" + e + "_" + entries + "_" + shift, "lookup.tir", List.of(), buffers, Loop.block(steps));
        Assertions.assertThat(differential.check(program, 1, 0, new Random(entries)))
                .isGreaterThanOrEqualTo(entries * e.bits() > 512 ? 1 : 3);
    }

    @Test
    void dot() {
        for (Element a : List.of(Element.I8, Element.U8))
            for (Element b : List.of(Element.I8, Element.U8))
                check("dot_" + a + "_" + b, List.of(Type.I32, new Type(a, 4), new Type(b, 4)),
                        x -> new Expr.Dot(x.get(0), x.get(1), x.get(2)));
        for (Element a : List.of(Element.I8, Element.U8))
            for (Element b : List.of(Element.I8, Element.U8))
                check("pairs_" + a + "_" + b, List.of(new Type(Element.I16, 1), new Type(a, 2), new Type(b, 2)),
                        x -> new Expr.Dot(x.get(0), x.get(1), x.get(2)));
        Type pair = new Type(Element.I16, 2);
        check("pairs_i16", List.of(Type.I32, pair, pair), x -> new Expr.Dot(x.get(0), x.get(1), x.get(2)));
    }

    @Test
    void fma() {
        check("fma", types(Element.F32, Element.F32, Element.F32), x -> new Expr.Fma(x.get(0), x.get(1), x.get(2)));
    }

    /// Nothing at or beyond the limit is touched, whatever the limit.
    @ParameterizedTest
    @EnumSource(Element.class)
    void limits(Element e) {
        List<Buf> buffers = new ArrayList<>();
        Buf in = Buf.in("x", e, i32(300), null);
        buffers.add(in);
        List<Loop> steps = new ArrayList<>();
        for (int lanes : LANES) {
            Buf out = new Buf("out" + lanes, e, Buf.Scope.INOUT, i32(300), null, null);
            buffers.add(out);
            Var limit = Var.value("limit" + lanes, Type.I32);
            Expr value = new Expr.Load(new Type(e, lanes), in, i32(3), ref(limit));
            steps.add(Loop.loop(limit, i32(0), i32(140), 1, Binding.SERIAL, new Loop.Outline("lanes" + lanes,
                    new Loop.Store(out, ref(limit), value,
                            add(ref(limit), Expr.binary(Operation.DIVIDE, ref(limit), i32(3)))))));
        }
        Program program = new Program("limits_" + e, "limits.tir", List.of(), buffers, Loop.block(steps));
        Assertions.assertThat(differential.check(program, 1, 0, new Random(1))).isEqualTo(3);
    }

    @Test
    void lists() {
        Buf list = Buf.in("list", Element.I32, i32(20), Interval.of(0, 99)), x = Buf.in("x", Element.I32, i32(1600), null);
        Buf y = Buf.out("y", Element.I32, i32(1600));
        Var i = Var.value("i", Type.I32);
        for (Binding binding : List.of(Binding.SERIAL, Binding.CORES)) {
            Loop store = new Loop.Store(y, multiply(ref(i), i32(16)), Expr.load(x, multiply(ref(i), i32(16)), 16), null);
            Loop body = new Loop.For(i, new Loop.Range.Listed(list, i32(17)), binding, store);
            // One visit writes what another writes: only distinct entries may be shared out.
            Random distinct = new Random(1) {
                private static final long serialVersionUID = 1;
                private long next;

                @Override
                public int nextInt(int bound) {
                    return bound - 1;
                }

                @Override
                public long nextLong() {
                    return next++ * 7;
                }
            };
            differential.check(new Program("lists", "lists.tir", List.of(), List.of(list, x, y), body), 1, 0, distinct);
        }
    }
}
