package tern.codegen.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr;

/// Indices and addresses as sums of multiples. A sum is computed in front of the outermost loop that does not change it; one that grows
/// with a loop's index is kept in a register that grows with it; the constant goes into the instruction. Sums are of 64 bits:
/// that an index does not wrap in 32 is what the interval analysis has proved of every access.
final class Addresses {

    /// @param depth of the loops around
    private record Scope(int depth, Map<Terms, Register> known) {}

    private final Selection at;
    private final List<Nest> nests = new ArrayList<>();
    private final Deque<Scope> scopes = new ArrayDeque<>();
    /// Loops around the place where a register came into being.
    private final Map<Register, Integer> depths = new HashMap<>();
    private final Map<Buf, Register> bases = new HashMap<>();

    Addresses(Selection at) {
        this.at = at;
        scopes.push(new Scope(0, new HashMap<>()));
    }

    void open() {
        scopes.push(new Scope(nests.size(), new HashMap<>()));
    }

    void close() {
        scopes.pop();
    }

    void enter(Nest nest) {
        nests.add(nest);
        depths.put(nest.counter(), nests.size());
        open();
    }

    void leave() {
        close();
        nests.removeLast();
    }

    /// `buffer[index + offset / element]`
    ///
    /// @param offset in bytes
    Memory of(Buf buffer, Expr index, long offset) {
        Terms bytes = terms(index).times(buffer.element().bytes()).plus(Terms.constant(offset)).plus(Terms.of(buffer));
        if (bytes.constant() != (int) bytes.constant()) throw at.refuse("displacement of " + bytes.constant());
        return Memory.at(sum(bytes.variable(), nests.size()), (int) bytes.constant());
    }

    /// Of a scalar i32.
    Terms terms(Expr expr) {
        return switch (expr) {
            case Expr.Int(_, long value) -> Terms.constant(value);
            case Expr.Ref(var var) when at.home(var) instanceof Home.Sum(Terms terms) -> terms;
            case Expr.Binary(var op, Expr a, Expr b) when op == Operation.ADD -> terms(a).plus(terms(b));
            case Expr.Binary(var op, Expr a, Expr b) when op == Operation.SUBTRACT -> terms(a).plus(terms(b).times(-1));
            case Expr.Binary(var op, Expr a, Expr b) when op == Operation.MULTIPLY -> {
                Terms x = terms(a), y = terms(b);
                yield y.isConstant() ? x.times(y.constant()) : x.isConstant() ? y.times(x.constant()) : opaque(expr);
            }
            case Expr.Binary(var op, Expr a, Expr.Int(_, long count)) when op == Operation.SHIFT_LEFT -> terms(a).times(1L << count);
            default -> opaque(expr);
        };
    }

    private Terms opaque(Expr expr) {
        return Terms.of(settled(at.code.copy(at.scalars.general(expr))));
    }

    /// A register that will not change while the current iteration runs.
    Register settled(Register register) {
        depths.put(register, nests.size());
        return register;
    }

    /// A register that never changes.
    Register outermost(Register register) {
        depths.put(register, 0);
        return register;
    }

    /// The value of a sum, not wrapped.
    Register value(Terms terms) {
        if (terms.isConstant()) return at.general.number(terms.constant());
        Register variable = sum(terms.variable(), nests.size());
        return terms.constant() == 0 ? variable : plus(variable, terms.constant());
    }

    private Register plus(Register a, long constant) {
        if (constant == (int) constant) return at.general.address(Memory.at(a, (int) constant));
        return at.general.compute(Operation.ADD, a, constant);
    }

    private int depth(Object atom) {
        return atom instanceof Register register ? depths.getOrDefault(register, 0) : 0;
    }

    private Register sum(Terms terms, int depth) {
        if (depth == 0) return local(terms, 0);
        Nest nest = nests.get(depth - 1);
        Register known = nest.known().get(terms);
        if (known != null) return known;
        Terms outer = terms.variable();
        for (Object atom : terms.factors().keySet()) if (depth(atom) == depth) outer = outer.without(atom);
        if (outer.equals(terms)) return keep(nest, terms, () -> sum(terms, depth - 1));
        long factor = terms.factors().getOrDefault(nest.counter(), 0L);
        boolean grows = factor != 0 && outer.equals(terms.without(nest.counter())) && factor * nest.step() == (int) (factor * nest.step());
        if (grows && !(terms.factors().size() == 1 && factor == 1)) return keep(nest, terms, () -> growing(nest, terms, factor, depth));
        return local(terms, depth);
    }

    private Register keep(Nest nest, Terms terms, java.util.function.Supplier<Register> computing) {
        Register[] result = new Register[1];
        at.code.aside(nest.before(), () -> result[0] = computing.get());
        nest.known().put(terms, result[0]);
        return result[0];
    }

    /// A register that begins with the counter's first value in the sum, and grows with it.
    private Register growing(Nest nest, Terms terms, long factor, int depth) {
        Terms rest = terms.without(nest.counter());
        Register first = multiple(nest.from(), factor);
        Register pointer = rest.isConstant() ? at.code.copy(first)
                : at.general.sum(sum(rest, depth - 1), first, 1);
        at.code.aside(nest.latch(), () -> at.general.increase(pointer, factor * nest.step()));
        return pointer;
    }

    private Register multiple(Register register, long factor) {
        return factor == 1 ? register : at.general.compute(Operation.MULTIPLY, register, factor);
    }

    /// Computed here, in the body of loop number `depth`; what this loop does not change, in front of it. What is known in a block
    /// is known to all after it, so nothing computed in a loop may be noted around it: the loop may not run at all.
    private Register local(Terms terms, int depth) {
        for (Scope scope : scopes) {
            Register known = scope.depth() <= depth ? scope.known().get(terms) : null;
            if (known != null) return known;
        }
        List<Object> atoms = new ArrayList<>(terms.factors().keySet());
        Predicate<Object> here = atom -> depth > 0 && depth(atom) == depth;
        Terms outer = terms;
        for (Object atom : atoms) if (here.test(atom)) outer = outer.without(atom);
        boolean split = depth > 0 && !outer.isConstant();
        Register sum = split ? sum(outer, depth) : null;
        Terms rest = terms;
        if (split) for (Object atom : outer.factors().keySet()) rest = rest.without(atom);
        Register result = add(sum, rest);
        for (Scope scope : scopes)
            if (scope.depth() <= depth) {
                scope.known().put(terms, result);
                break;
            }
        return result;
    }

    private Register add(@org.jspecify.annotations.Nullable Register start, Terms terms) {
        Register sum = start;
        List<Object> atoms = new ArrayList<>(terms.factors().keySet());
        // Bases first, then in the order in which the registers came into being: the same program gives the same code.
        atoms.sort(java.util.Comparator.comparing((Object atom) -> atom instanceof Register r ? r.number() : -1));
        for (Object atom : atoms) {
            long factor = terms.factors().getOrDefault(atom, 1L);
            Register register = register(atom);
            if (sum == null) sum = multiple(register, factor);
            else if (factor > 0 && factor <= 8 && Long.bitCount(factor) == 1)
                sum = at.general.sum(sum, register, (int) factor);
            else sum = at.general.sum(sum, multiple(register, factor), 1);
        }
        return sum == null ? at.general.number(0) : sum;
    }

    private Register register(Object atom) {
        return switch (atom) {
            case Register register -> register;
            case Buf buffer -> bases.computeIfAbsent(buffer, this::base);
            default -> throw new IllegalArgumentException("no term: " + atom);
        };
    }

    private Register base(Buf buffer) {
        Register base = at.code.general();
        at.code.aside(at.entry, () -> at.code.load(base, at.frame.buffer(buffer)));
        return base;
    }
}
