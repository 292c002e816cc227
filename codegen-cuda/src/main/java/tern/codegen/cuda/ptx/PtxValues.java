package tern.codegen.cuda.ptx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tern.codegen.cuda.ptx.PtxText.Kind;
import tern.ir.Element;
import tern.ir.device.CompileException;
import tern.ir.loop.Expr;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// Expressions to instructions: where lanes are unpacked, moved between threads, or regrouped. What happens within a lane is left to [Scalar].
final class PtxValues {

    private final String kernel;
    private final PtxText text;
    private final PtxMemory memory;
    private final Scalar scalar;
    private final String laneId;
    private final Map<Var, RegisterValue> variables = new HashMap<>();
    private final Set<String> mutable = new HashSet<>();

    PtxValues(String kernel, PtxText text, PtxMemory memory, String laneId) {
        this.kernel = kernel;
        this.text = text;
        this.memory = memory;
        this.laneId = laneId;
        scalar = new Scalar(text);
    }

    CompileException refuse(String reason) {
        return new CompileException(kernel, reason);
    }

    // Variables

    void bind(Var var, RegisterValue value) {
        variables.put(var, value);
    }

    RegisterValue get(Var var) {
        RegisterValue held = variables.get(var);
        if (held == null) throw refuse("variable " + var + " has no value");
        return held;
    }

    /// Names a value that stays: what may change under it is copied.
    void let(Var var, Expr value) {
        RegisterValue held = of(value);
        if (var.mutable()) {
            RegisterValue whole = unpacked(held);
            var own = new ArrayList<String>();
            for (String from : whole.registers()) own.add(copy(var.type().element(), from));
            mutable.addAll(own);
            bind(var, RegisterValue.of(var.type(), own));
        } else if (held.registers().stream().anyMatch(mutable::contains)) {
            bind(var, new RegisterValue(held.type(), held.packed(),
                    held.registers().stream().map(from -> copy(held.packed() ? Element.U32 : var.type().element(), from)).toList()));
        } else bind(var, held);
    }

    private String copy(Element element, String from) {
        if (element == Element.BOOL) {
            String to = text.register(Kind.PREDICATE);
            text.emit("mov.pred", to, from);
            return to;
        }
        return text.make(PtxMemory.kind(element), Scalar.move(element), from);
    }

    /// Gives a mutable variable another value; an operation on it writes its registers at once.
    void set(Var var, Expr value) {
        RegisterValue old = get(var);
        List<String> to = old.registers();
        switch (value) {
            case Expr.Dot dot when dot.sum().equals(new Expr.Ref(var)) -> dot(dot, to);
            case Expr.Mma mma when mma.sum().equals(new Expr.Ref(var)) -> mma(mma, to);
            case Expr.Binary(var op, Expr.Ref(Var self), Expr b) when self.equals(var) && Scalar.isPlain(op, var.type().element()) -> {
                RegisterValue y = unpacked(of(b));
                for (int i = 0; i < to.size(); i++) scalar.binaryInto(to.get(i), op, var.type().element(), to.get(i), y.get(i));
            }
            default -> {
                RegisterValue now = unpacked(of(value));
                List<String> from = now.registers();
                if (from.stream().anyMatch(mutable::contains))
                    from = from.stream().map(r -> copy(var.type().element(), r)).toList();
                for (int i = 0; i < to.size(); i++)
                    text.emit(var.type().element() == Element.BOOL ? "mov.pred" : Scalar.move(var.type().element()), to.get(i), from.get(i));
            }
        }
    }

    // Expressions

    /// A register or constant that all threads hold.
    String uniform(Expr expr) {
        return unpacked(of(expr)).get(0);
    }

    RegisterValue of(Expr expr) {
        Type type = expr.type();
        Element element = type.element();
        int each = RegisterValue.lanes(type);
        return switch (expr) {
            case Expr.Int(_, long value) -> repeat(type, scalar.constant(element, value));
            case Expr.Real(_, float value) -> repeat(type, Scalar.constant(value));
            case Expr.Ref(Var var) -> get(var);
            case Expr.Load load -> memory.load(load, this::unpackedOf, laneId);
            case Expr.Unary(var op, Expr a) -> {
                RegisterValue x = unpackedOf(a);
                yield each(type, i -> scalar.unary(op, element, x.get(i)));
            }
            case Expr.Binary(var op, Expr a, Expr b) -> {
                RegisterValue x = unpackedOf(a), y = unpackedOf(b);
                yield each(type, i -> scalar.binary(op, element, x.get(i), y.get(op.isShift() ? 0 : i)));
            }
            case Expr.Fma(Expr a, Expr b, Expr c) -> {
                RegisterValue x = unpackedOf(a), y = unpackedOf(b), z = unpackedOf(c);
                yield each(type, i -> text.make(Kind.FLOAT, "fma.rn.f32", x.get(i), y.get(i), z.get(i)));
            }
            case Expr.Compare(var relation, Expr a, Expr b) -> {
                RegisterValue x = unpackedOf(a), y = unpackedOf(b);
                yield each(type, i -> scalar.compare(relation, a.type().element(), x.get(i), y.get(i)));
            }
            case Expr.Select(Expr condition, Expr then, Expr otherwise) -> {
                RegisterValue c = of(condition), x = unpackedOf(then), y = unpackedOf(otherwise);
                yield each(type, i -> scalar.select(element, c.get(i), x.get(i), y.get(i)));
            }
            case Expr.Convert(_, Expr a) -> {
                RegisterValue x = unpackedOf(a);
                if (element == Element.BF16 && a.type().element() == Element.F32 && type.lanes() >= 64) yield pairs(type, x);
                yield each(type, i -> scalar.convert(a.type().element(), element, x.get(i)));
            }
            case Expr.Bitcast(_, Expr a) when a.type().lanes() != type.lanes() -> regroup(type, of(a));
            case Expr.Bitcast(_, Expr a) -> {
                RegisterValue x = unpackedOf(a);
                yield each(type, i -> scalar.bitcast(a.type().element(), element, x.get(i)));
            }
            case Expr.Broadcast(_, Expr a) -> RegisterValue.of(type, IntStream.range(0, each).mapToObj(_ -> 0).map(unpackedOf(a)::get).toList());
            case Expr.Lookup(Expr table, Expr index) -> lookup(type, table, unpackedOf(index));
            case Expr.Shuffle(Expr a, var pattern) -> shuffle(type, of(a), pattern);
            case Expr.Reduce(var op, Expr a) -> reduce(op, unpackedOf(a));
            case Expr.Dot dot -> dot(dot, fresh(type));
            case Expr.Warp warp -> warp(warp);
        };
    }

    private RegisterValue warp(Expr.Warp expr) {
        return switch (expr) {
            case Expr.Lane(Type type) -> {
                int each = RegisterValue.lanes(type);
                if (type.lanes() < 32)
                    yield RegisterValue.of(type, text.make(Kind.WORD, "and.b32", laneId, Integer.toString(type.lanes() - 1)));
                yield each == 1 ? RegisterValue.of(type, laneId)
                        : each(type, i -> text.make(Kind.WORD, "mad.lo.s32", laneId, Integer.toString(each), Integer.toString(i)));
            }
            case Expr.Gather gather -> memory.gather(gather, this::unpackedOf);
            case Expr.Mma mma -> mma(mma, fresh(mma.type()));
        };
    }

    private RegisterValue repeat(Type type, String constant) {
        return each(type, _ -> constant);
    }

    private static RegisterValue each(Type type, IntFunction<String> register) {
        return RegisterValue.of(type, IntStream.range(0, RegisterValue.lanes(type)).mapToObj(register).toList());
    }

    private List<String> fresh(Type type) {
        return IntStream.range(0, RegisterValue.lanes(type)).mapToObj(_ -> text.register(PtxMemory.kind(type.element()))).toList();
    }

    RegisterValue unpackedOf(Expr expr) {
        return unpacked(of(expr));
    }

    /// A register for each lane.
    RegisterValue unpacked(RegisterValue held) {
        return held.packed() ? each(held.type(), i -> unpacked(held, i)) : held;
    }

    /// The register of one lane of a thread.
    private String unpacked(RegisterValue held, int i) {
        if (!held.packed()) return held.get(i);
        Element element = held.type().element();
        int inWord = 32 / element.bits();
        if (element.isFloat()) {
            var halves = List.of(text.register(Kind.HALF), text.register(Kind.HALF));
            text.emit("mov.b32", list(halves), held.get(i / inWord));
            return halves.get(i % inWord);
        }
        return text.make(Kind.WORD, element.isSigned() ? "bfe.s32" : "bfe.u32", held.get(i / inWord),
                Integer.toString(i % inWord * element.bits()), Integer.toString(element.bits()));
    }

    /// Two rounded floats a register; the second one is the upper half.
    private RegisterValue pairs(Type type, RegisterValue x) {
        var words = new ArrayList<String>();
        for (int i = 0; i < x.registers().size(); i += 2)
            words.add(text.make(Kind.WORD, "cvt.rn.bf16x2.f32", x.get(i + 1), x.get(i)));
        return new RegisterValue(type, true, words);
    }

    /// The register of four bytes of each thread.
    String word(Expr expr) {
        return words(expr).getFirst();
    }

    /// Four bytes a register.
    private List<String> words(Expr expr) {
        RegisterValue held = of(expr);
        if (!held.packed() && held.type().element() == Element.BF16 && held.registers().size() % 2 == 0) {
            var words = new ArrayList<String>();
            for (int i = 0; i < held.registers().size(); i += 2)
                words.add(text.make(Kind.WORD, "mov.b32", list(held.registers().subList(i, i + 2))));
            return words;
        }
        if (!held.packed()) throw refuse("bytes that do not lie four in a register: " + expr.getClass().getSimpleName());
        return held.registers();
    }

    // Lanes of other threads

    private RegisterValue shuffle(Type type, RegisterValue a, List<Integer> pattern) {
        int from = RegisterValue.lanes(a.type()), to = RegisterValue.lanes(type), lanes = a.type().lanes();
        var registers = new ArrayList<String>();
        for (int i = 0; i < to; i++) {
            int[] source = new int[32];
            for (int t = 0; t < 32; t++) source[t] = pattern.get(type.lanes() >= 32 ? t * to + i : t % type.lanes());
            int register = source[0] % from, distance = source[0] / from;
            for (int t = 0; t < 32; t++) {
                int thread = lanes >= 32 ? source[t] / from : source[t];
                int own = lanes >= 32 ? t : t % lanes;
                if ((thread ^ own) != distance || lanes >= 32 && source[t] % from != register)
                    throw refuse("a shuffle of " + a.type() + " that is no exchange at one distance");
            }
            String of = unpacked(a, lanes >= 32 ? register : 0);
            registers.add(distance == 0 ? of : exchange(type.element(), of, "bfly", Integer.toString(distance)));
        }
        return RegisterValue.of(type, registers);
    }

    private String exchange(Element element, String register, String mode, String lane) {
        Kind kind = PtxMemory.kind(element);
        if (kind != Kind.WORD && kind != Kind.FLOAT) throw refuse("threads exchange " + element);
        String own = register.startsWith("%") ? register : text.make(kind, Scalar.move(element), register);
        return text.make(kind, "shfl.sync." + mode + ".b32", own, lane, "31", "-1");
    }

    /// The upper half onto the lower one until one lane is left: first among threads, then within each.
    private RegisterValue reduce(Expr.Binary.Operation op, RegisterValue a) {
        Element element = a.type().element();
        var lanes = new ArrayList<>(a.registers());
        for (int distance = Math.min(32, a.type().lanes()) / 2; distance > 0; distance /= 2)
            for (int i = 0; i < lanes.size(); i++)
                lanes.set(i, combine(op, element, lanes.get(i), distance));
        for (int half = lanes.size() / 2; half > 0; half /= 2)
            for (int i = 0; i < half; i++) lanes.set(i, scalar.binary(op, element, lanes.get(i), lanes.get(i + half)));
        return RegisterValue.of(a.type().withLanes(1), lanes.getFirst());
    }

    private String combine(Expr.Binary.Operation op, Element element, String own, int distance) {
        String other = exchange(element, own, "bfly", Integer.toString(distance));
        return scalar.binary(op, element, own, other);
    }

    /// A table of up to 32 entries lies in the threads; a longer one where it is loaded from.
    private RegisterValue lookup(Type type, Expr table, RegisterValue index) {
        int entries = table.type().lanes();
        if (entries <= 32) {
            RegisterValue held = unpackedOf(table);
            return each(type, i -> {
                String lane = index.get(i);
                if (entries < 32) lane = text.make(Kind.WORD, "and.b32", lane, Integer.toString(entries - 1));
                return exchange(type.element(), held.get(0), "idx", lane);
            });
        }
        if (!(table instanceof Expr.Load load) || load.limit() != null) throw refuse("a lookup among " + table.type() + " that are not in memory");
        String first = uniform(load.index());
        Var at = Var.value("entry", new Type(Element.I32, type.lanes()));
        bind(at, each(at.type(), i -> {
            String entry = text.make(Kind.WORD, "and.b32", index.get(i), Integer.toString(entries - 1));
            return first.equals("0") ? entry : text.make(Kind.WORD, "add.s32", entry, first);
        }));
        return memory.gather(new Expr.Gather(type, load.buffer(), new Expr.Ref(at)), this::unpackedOf);
    }

    private RegisterValue regroup(Type type, RegisterValue a) {
        if (type.lanes() < 32 || a.type().lanes() < 32) throw refuse("regroups " + a.type() + " to " + type);
        int from = a.type().element().bits(), to = type.element().bits();
        boolean pairs = type.element() == Element.BF16;
        if (from < 32 && !a.packed() || from > 32 || to > 32 || type.element().isFloat() && !pairs)
            throw refuse("regroups " + a.type() + " to " + type);
        var words = a.type().element() == Element.F32
                ? a.registers().stream().map(r -> text.make(Kind.WORD, "mov.b32", r)).toList()
                : a.registers();
        return new RegisterValue(type, to < 32, words);
    }

    // Instructions on groups of lanes

    private RegisterValue dot(Expr.Dot dot, List<String> to) {
        RegisterValue sum = unpackedOf(dot.sum());
        List<String> a = words(dot.a()), b = words(dot.b());
        for (int i = 0; i < to.size(); i++)
            Instruction.dp4a(isSigned(dot.a()), isSigned(dot.b())).emit(text, to.get(i), a.get(i), b.get(i), sum.get(i));
        return RegisterValue.of(dot.type(), to);
    }

    private RegisterValue mma(Expr.Mma mma, List<String> to) {
        RegisterValue sum = unpackedOf(mma.sum());
        var a = mma.a().stream().map(part -> words(part).getFirst()).toList();
        var b = mma.b().stream().map(part -> words(part).getFirst()).toList();
        Instruction instruction = mma.type().element() == Element.F32
                ? Instruction.mmaOfFloats()
                : Instruction.mma(isSigned(mma.a().getFirst()), isSigned(mma.b().getFirst()));
        instruction.emit(text, list(to), list(a), list(b), list(sum.registers()));
        return RegisterValue.of(mma.type(), to);
    }

    static String list(List<String> registers) {
        return "{" + String.join(", ", registers) + "}";
    }

    private static boolean isSigned(Expr expr) {
        return expr.type().element().isSigned();
    }

    /// What [PtxMemory] stores: registers, one for each lane of a thread.
    RegisterValue storable(Expr expr) {
        RegisterValue held = unpackedOf(expr);
        Element element = held.type().element();
        var registers = new ArrayList<String>();
        for (String register : held.registers()) registers.add(element == Element.BOOL
                ? text.make(Kind.WORD, "selp.u32", "1", "0", register)
                : register.startsWith("%") ? register : text.make(PtxMemory.kind(element), Scalar.move(element), register));
        return RegisterValue.of(held.type(), registers);
    }

    @Nullable
    RegisterValue find(Var var) {
        return variables.get(var);
    }
}
