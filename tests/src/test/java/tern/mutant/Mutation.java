package tern.mutant;

import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Loop;
import tern.ir.loop.Program;
import tern.ir.loop.Rewriter;
import tern.ir.loop.Type;

/// One thing done wrong at one place of a program.
///
/// @param kind  what is done
/// @param place among those where it can be done, in the order of the program
record Mutation(Kind kind, int place) {

    enum Kind {
        /// A shift by one more or less.
        SHIFT,
        /// A mask whose lowest or highest bit is another.
        MASK,
        /// A loop or an access that ends one step later or earlier, a place one further.
        BOUND,
        /// Added in place of subtracted, logical in place of arithmetic, a sign that is dropped.
        SIGN,
        /// Widened as if it had no sign, or only after it was narrowed.
        WIDENING
    }

    /// How many places a program has.
    static int places(Kind kind, Program program) {
        var counting = new Walk(new Mutation(kind, -1), 0);
        counting.of(program.body());
        return counting.met;
    }

    /// @param way among the ways to do it
    Program of(Program program, int way) {
        Loop body = new Walk(this, way).of(program.body());
        return new Program(program.name(), program.source(), program.scalars(), program.buffers(), body);
    }

    private static final class Walk extends Rewriter {
        private final Mutation mutation;
        private final int way;
        private int met;

        Walk(Mutation mutation, int way) {
            this.mutation = mutation;
            this.way = way;
        }

        private boolean isHere(Kind kind, boolean applies) {
            return mutation.kind == kind && applies && met++ == mutation.place;
        }

        @Override
        public Loop of(Loop loop) {
            if (loop instanceof Loop.For(var index, Loop.Range.Steps(Expr from, Expr to, int step), var binding, Loop body)
                    && isHere(Kind.BOUND, true))
                return new Loop.For(index, new Loop.Range.Steps(from, plus(to, way % 2 == 0 ? step : -step), step), binding, of(body));
            return parts(loop);
        }

        @Override
        protected Expr at(Buf buffer, Expr index) {
            return isHere(Kind.BOUND, index.type().isScalar()) ? plus(index, way % 2 == 0 ? 1 : -1) : of(index);
        }

        @Override
        public Expr of(Expr expr) {
            return switch (expr) {
                case Binary(var op, Expr a, Expr b) when isHere(Kind.SHIFT, op.isShift()) -> new Binary(op, of(a), plus(b, way % 2 == 0 ? 1 : -1));
                case Binary(var op, Expr a, Expr b) when isHere(Kind.MASK, op == Operation.AND) -> new Binary(op, of(a), masked(b));
                case Binary(var op, Expr a, Expr b) when isHere(Kind.SIGN, other(op) != op) -> new Binary(other(op), of(a), of(b));
                case Expr.Unary(var op, Expr a) when isHere(Kind.SIGN, op == Expr.Unary.Operation.NEGATE) -> of(a);
                case Expr.Convert(Type type, Expr a) when isHere(Kind.WIDENING, widens(a.type(), type)) -> narrowed(type, a);
                case Expr.Int _, Expr.Real _, Expr.Ref _, Expr.Load _, Expr.Unary _, Binary _, Expr.Fma _, Expr.Compare _, Expr.Select _, Expr.Convert _,
                        Expr.Bitcast _, Expr.Broadcast _, Expr.Lookup _, Expr.Shuffle _, Expr.Reduce _, Expr.Dot _, Expr.Warp _ ->
                    parts(expr);
            };
        }

        /// Half of it as if it had the other kind of sign; the other half over a number of eight bits, which is too narrow for sums.
        private Expr narrowed(Type type, Expr a) {
            Element element = a.type().element();
            if (way % 2 == 0 || element.bits() == 8) return new Expr.Convert(type, new Expr.Bitcast(a.type().withElement(otherSign(element)), of(a)));
            return new Expr.Convert(type, new Expr.Convert(a.type().withElement(element.isSigned() ? Element.I8 : Element.U8), of(a)));
        }

        private Expr masked(Expr mask) {
            Expr flipped = constant(mask.type(), way % 2 == 0 ? 1 : 1L << Math.min(6, mask.type().element().bits() - 2));
            return new Binary(Operation.XOR, mask, flipped);
        }
    }

    private static boolean widens(Type from, Type to) {
        return from.element().isInteger() && to.element().isInteger() && to.element().bits() > from.element().bits();
    }

    private static Element otherSign(Element element) {
        return Element.of((element.isSigned() ? "u" : "i") + element.bits());
    }

    private static Operation other(Operation op) {
        return switch (op) {
            case ADD -> Operation.SUBTRACT;
            case SUBTRACT -> Operation.ADD;
            case SHIFT_RIGHT -> Operation.SHIFT_RIGHT_LOGICAL;
            case SHIFT_RIGHT_LOGICAL -> Operation.SHIFT_RIGHT;
            case MIN -> Operation.MAX;
            case MAX -> Operation.MIN;
            case MULTIPLY, MULTIPLY_HIGH, DIVIDE, REMAINDER, AND, OR, XOR, SHIFT_LEFT -> op;
        };
    }

    private static Expr plus(Expr a, long more) {
        return new Binary(Operation.ADD, a, constant(a.type(), more));
    }

    private static Expr constant(Type type, long value) {
        Type scalar = type.withLanes(1);
        Expr number = new Expr.Int(scalar, value);
        return type.isScalar() ? number : new Expr.Broadcast(type, number);
    }
}
