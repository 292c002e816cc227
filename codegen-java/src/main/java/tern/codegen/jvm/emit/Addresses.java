package tern.codegen.jvm.emit;

import static org.objectweb.asm.Opcodes.*;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import tern.codegen.jvm.team.Memory;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Type;

/// Writes addresses so that C2 folds them into the memory operand.
///
/// An index is split into terms, each variable times a constant, and the terms of outer loops are added first: what does
/// not change in a loop is then a subtree of its own, and C2 hoists it. Terms are widened one by one, not their i32 sum:
/// C2 cannot know that the sum does not overflow, and would have to compute it anew for every access. Zero extension
/// tells it that a term is not negative, which, with [Memory#MASK] on the base, proves the bounds check.
final class Addresses {

    /// @param depth loops around the atom's binding
    private record Term(Expr atom, long coefficient, int depth) {}

    private final Emission emission;

    Addresses(Emission emission) {
        this.emission = emission;
    }

    /// .. -> .. address
    ///
    /// @param offset elements to add
    void emit(Buf buffer, Expr index, long offset) {
        List<Term> terms = new ArrayList<>();
        long bytes = (offset + split(index, 1, terms)) * buffer.element().bytes();
        terms.sort(Comparator.comparingInt(Term::depth));
        Code code = emission.code;
        sum(buffer, terms);                                                       // sum
        if (bytes != 0) code.lconst(bytes).insn(LADD);                            // sum
        if (bytes < 0) code.lconst(Memory.MASK).insn(LAND);                       // sum
    }

    /// .. -> .. sum of the base and the terms; kept for the accesses that differ from this one by a constant
    private void sum(Buf buffer, List<Term> terms) {
        Code code = emission.code;
        if (terms.isEmpty()) {
            emission.methods.base(buffer, emission);                              // sum
            return;
        }
        Object key = List.of(buffer.name(), List.copyOf(terms));
        Integer known = emission.frame.kept(key);
        if (known != null) {
            code.lload(known);                                                    // sum
            return;
        }
        int bytes = buffer.element().bytes();
        boolean proven = true;
        emission.methods.base(buffer, emission);                                  // sum
        for (Term term : terms) {
            boolean nonNegative = emission.signs.nonNegative(term.atom());
            proven &= nonNegative && term.coefficient() >= 0;
            emission.scalars.emit(term.atom());                                   // sum atom
            code.insn(I2L);                                                       // sum atom
            if (nonNegative) code.lconst(0xffff_ffffL).insn(LAND);                // sum atom
            if (term.coefficient() * bytes != 1)
                code.lconst(term.coefficient() * bytes).insn(LMUL);               // sum product
            code.insn(LADD);                                                      // sum
        }
        if (!proven) code.lconst(Memory.MASK).insn(LAND);                         // sum
        if (!terms.stream().allMatch(term -> isAffine(term.atom()))) return;
        int slot = emission.frame.allocate(org.objectweb.asm.Type.LONG_TYPE, buffer.name() + "At");
        code.insn(DUP2).lstore(slot);                                             // sum
        emission.frame.keep(key, slot);
    }

    /// Adds the terms of `expr * coefficient`.
    ///
    /// @return the constant among them
    private long split(Expr expr, long coefficient, List<Term> terms) {
        switch (expr) {
            case Expr.Int(_, long value) -> {
                return value * coefficient;
            }
            case Expr.Binary(var op, Expr a, Expr b) when op == Operation.ADD -> {
                return split(a, coefficient, terms) + split(b, coefficient, terms);
            }
            case Expr.Binary(var op, Expr a, Expr b) when op == Operation.SUBTRACT -> {
                return split(a, coefficient, terms) + split(b, -coefficient, terms);
            }
            case Expr.Binary(var op, Expr a, Expr.Int(_, long factor)) when op == Operation.MULTIPLY -> {
                return split(a, coefficient * factor, terms);
            }
            case Expr.Binary(var op, Expr.Int(_, long factor), Expr b) when op == Operation.MULTIPLY -> {
                return split(b, coefficient * factor, terms);
            }
            case Expr.Binary(var op, Expr a, Expr.Int(_, long count)) when op == Operation.SHIFT_LEFT -> {
                return split(a, coefficient << count, terms);
            }
            case Expr.Ref(var var) -> {
                switch (emission.frame.home(var)) {
                    case Home.Constant(long value) -> {
                        return value * coefficient;
                    }
                    case Home.Local local -> {
                        if (local.definition() != null) return split(local.definition(), coefficient, terms);
                        add(terms, expr, coefficient, local.depth());
                        return 0;
                    }
                    case Home.Registers _ -> throw new IllegalArgumentException("an index is a vector: " + var);
                }
            }
            default -> {
                add(terms, expr, coefficient, depth(expr));
                return 0;
            }
        }
    }

    private static void add(List<Term> terms, Expr atom, long coefficient, int depth) {
        for (int i = 0; i < terms.size(); i++) {
            Term term = terms.get(i);
            if (!term.atom().equals(atom)) continue;
            terms.set(i, new Term(atom, term.coefficient() + coefficient, depth));
            return;
        }
        terms.add(new Term(atom, coefficient, depth));
    }

    /// Loops around the innermost binding that the value depends on. Memory may change at any depth.
    int depth(Expr expr) {
        return switch (expr) {
            case Expr.Int _, Expr.Real _ -> 0;
            case Expr.Ref(var var) -> emission.frame.home(var) instanceof Home.Local local ? local.depth() : 0;
            case Expr.Binary(_, Expr a, Expr b) -> Math.max(depth(a), depth(b));
            case Expr.Unary(_, Expr a) -> depth(a);
            case Expr.Convert(_, Expr a) -> depth(a);
            default -> emission.frame.depth();
        };
    }

    /// Whether `expr` has the same value wherever it is computed anew: sums and products of variables that do not change.
    boolean isAffine(Expr expr) {
        if (!expr.type().equals(Type.I32)) return false;
        return switch (expr) {
            case Expr.Int _ -> true;
            case Expr.Ref(var var) -> !var.mutable();
            case Expr.Binary(var op, Expr a, Expr b) -> switch (op) {
                case ADD, SUBTRACT -> isAffine(a) && isAffine(b);
                case MULTIPLY -> isAffine(a) && b instanceof Expr.Int || a instanceof Expr.Int && isAffine(b);
                case SHIFT_LEFT -> isAffine(a) && b instanceof Expr.Int;
                default -> false;
            };
            default -> false;
        };
    }
}
