package tern.codegen.machine;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.loop.Expr;
import tern.ir.loop.Type;

/// Selects instructions for vectors and floats, a register at a time: part i of a value are its lanes from `i * vectorBits / bits` on. A value that
/// is narrower than a register, or a float, occupies its low lanes; the others hold anything.
///
/// A part is computed when it is asked for, so that a value wider than a register is never in registers as a whole unless a
/// variable holds it. What is asked for twice in a statement is kept.
final class Values {

    private final Selection at;
    final Lanes lanes;
    final VectorMemory memory;
    final Masks masks;
    final Reductions reductions;
    private final IdentityHashMap<Expr, Map<Integer, Register>> known = new IdentityHashMap<>();

    Values(Selection at) {
        this.at = at;
        this.lanes = at.set.lanes(at, this);
        this.memory = new VectorMemory(at, lanes);
        this.masks = new Masks(at, this, lanes);
        this.reductions = new Reductions(at, this, lanes);
    }

    /// Of more than 128 bits.
    static boolean isWide(Type type) {
        return type.bits() > 128;
    }

    static boolean isWide(int lanes, int laneBits) {
        return lanes * laneBits > 128;
    }

    /// A statement ends: variables and memory may change.
    void forget() {
        known.clear();
        lanes.forget();
    }

    Register part(Expr expr, int i) {
        if (expr instanceof Expr.Ref(var var) && at.home(var) instanceof Home.Lanes(_, var parts)) return parts.get(i);
        Map<Integer, Register> parts = known.computeIfAbsent(expr, _ -> new HashMap<>());
        Register register = parts.get(i);
        if (register == null) {
            register = Scalars.isNumber(expr.type()) ? lanes.fromGeneral(at.scalars.general(expr), expr.type().element().bits()) : lanesOf(expr, i);
            parts.put(i, register);
        }
        return register;
    }

    /// As [part] for a vector or float; for a number its vector of one lane, computed as a vector.
    Register lanesOf(Expr expr, int i) {
        Type type = expr.type();
        return switch (expr) {
            case Expr.Int _, Expr.Real _ -> lanes.constant(expr);
            case Expr.Ref(var var) -> throw new IllegalArgumentException("no vector: " + var);
            case Expr.Load load -> memory.load(load, i);
            case Expr.Unary unary -> lanes.unary(unary, i);
            case Expr.Binary binary -> lanes.binary(binary, i);
            case Expr.Fma fma -> lanes.fma(fma, i);
            case Expr.Compare _ -> throw new IllegalArgumentException("a mask: " + expr);
            case Expr.Select(Expr condition, Expr then, Expr otherwise) ->
                lanes.select(masks.mask(condition, type.element().bits(), i), then, otherwise, i);
            case Expr.Convert convert -> lanes.convert(convert, i);
            case Expr.Bitcast(_, Expr a) -> Scalars.isNumber(a.type())
                    ? lanes.fromGeneral(at.scalars.general(a), type.bits())
                    : part(a, i);
            case Expr.Broadcast(_, Expr a) -> lanes.broadcast(a, type.element().bits(), isWide(type));
            case Expr.Lookup lookup -> lanes.lookup(lookup, i);
            case Expr.Shuffle(Expr a, var pattern) -> lanes.shuffle(a, type.element().bits(), pattern, i);
            case Expr.Reduce(var op, Expr a) -> reductions.fold(op, a);
            case Expr.Dot dot -> lanes.dot(dot, i);
            case Expr.Warp _ -> throw at.refuse("warps");
        };
    }
}
