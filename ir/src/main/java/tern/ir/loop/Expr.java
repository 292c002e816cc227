package tern.ir.loop;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;

/// A value of a lowered program. Operations act lane by lane unless they say otherwise.
///
/// Integer arithmetic wraps in the element's width; a device takes only programs of which [Ranges] proves that none does. Operands of one operation have one
/// type: there is no implicit conversion and no implicit broadcast.
public sealed interface Expr {

    Type type();

    /// An integer in every lane.
    record Int(Type type, long value) implements Expr {}

    /// A float in every lane.
    record Real(Type type, float value) implements Expr {}

    record Ref(Var var) implements Expr {
        @Override
        public Type type() {
            return var.type();
        }
    }

    /// `lanes` consecutive elements from `buffer[index]` on.
    ///
    /// @param type  the buffer's element
    /// @param index scalar i32, in elements
    /// @param limit scalar i32 or null: elements at `limit` and beyond are not touched and read as 0
    record Load(Type type, Buf buffer, Expr index, @Nullable Expr limit) implements Expr {}

    record Unary(Operation op, Expr a) implements Expr {
        /// What one operand can undergo. EXP is left to [Arithmetic], which spells it in the other operations, so that
        /// every back end computes the same bits.
        public enum Operation {
            NEGATE,
            ABS,
            NOT,
            /// Square root, correctly rounded; floats only.
            SQRT,
            /// To the nearest integer, ties to even; floats only.
            ROUND
        }

        @Override
        public Type type() {
            return a.type();
        }
    }

    /// `a op b`.
    record Binary(Operation op, Expr a, Expr b) implements Expr {
        /// MULTIPLY_HIGH is the upper half of the double-width product. Shifts take a scalar i32 count below the
        /// element's width; SHIFT_RIGHT is arithmetic, of signed elements only; SHIFT_RIGHT_LOGICAL fills with zeros. DIVIDE
        /// is defined for floats and for scalar integers (truncating), REMAINDER for scalar integers. MIN and MAX of
        /// floats give NaN if one is NaN, and -0 is less than 0.
        public enum Operation {
            ADD,
            SUBTRACT,
            MULTIPLY,
            MULTIPLY_HIGH,
            DIVIDE,
            REMAINDER,
            AND,
            OR,
            XOR,
            SHIFT_LEFT,
            SHIFT_RIGHT,
            SHIFT_RIGHT_LOGICAL,
            MIN,
            MAX;

            public boolean isShift() {
                return this == SHIFT_LEFT || this == SHIFT_RIGHT || this == SHIFT_RIGHT_LOGICAL;
            }
        }

        @Override
        public Type type() {
            return a.type();
        }
    }

    /// `a * b + c`, rounded once; floats only.
    record Fma(Expr a, Expr b, Expr c) implements Expr {
        @Override
        public Type type() {
            return c.type();
        }
    }

    record Compare(Relation relation, Expr a, Expr b) implements Expr {
        public enum Relation {
            EQ,
            NE,
            LT,
            LE,
            GT,
            GE
        }

        @Override
        public Type type() {
            return a.type().withElement(Element.BOOL);
        }
    }

    /// `condition ? then : otherwise`; condition is bool with as many lanes.
    record Select(Expr condition, Expr then, Expr otherwise) implements Expr {
        @Override
        public Type type() {
            return then.type();
        }
    }

    /// The same numbers in another element type: integers widen by the signedness of the source and narrow by dropping
    /// high bits; integers become floats with rounding to nearest even; floats become integers by truncation, beyond i32 (for
    /// u32 and 64 bits: i64) its end, NaN 0, and then narrow. f16 and bf16 only convert, from and to f32.
    record Convert(Type type, Expr a) implements Expr {}

    /// The same bits, little endian, as another type of as many bits: lanes may become wider or narrower. Neither is bool.
    record Bitcast(Type type, Expr a) implements Expr {}

    /// A scalar in every lane.
    record Broadcast(Type type, Expr a) implements Expr {}

    /// Lane l is `table[index[l] mod table.lanes]`; table and index have the same element width.
    record Lookup(Expr table, Expr index) implements Expr {
        @Override
        public Type type() {
            return table.type().withLanes(index.type().lanes());
        }
    }

    /// Lane l is `a[pattern[l]]`.
    record Shuffle(Expr a, List<Integer> pattern) implements Expr {
        public Shuffle {
            pattern = List.copyOf(pattern);
        }

        @Override
        public Type type() {
            return a.type().withLanes(pattern.size());
        }
    }

    /// All lanes combined to a scalar by ADD, MIN, MAX, AND, OR or XOR, folding the upper half onto the lower half until one lane is left:
    /// that order fixes the bits of float sums.
    record Reduce(Binary.Operation op, Expr a) implements Expr {
        @Override
        public Type type() {
            return a.type().withLanes(1);
        }
    }

    /// Lane l of `sum` plus the dot product of lanes `r*l` to `r*l + r - 1` of `a` and `b`, which have r times as many lanes, in the
    /// element of `sum`. Fours of bytes to i32 (`dp4a`, `vpdpbusd`), pairs of bytes to i16 (`vpmaddubsw`) or pairs of i16 to i32
    /// (`vpmaddwd`). Bytes are signed or unsigned, each operand by itself.
    record Dot(Expr sum, Expr a, Expr b) implements Expr {
        @Override
        public Type type() {
            return sum.type();
        }

        /// Products that one lane of the sum takes: 2 or 4.
        public int terms() {
            return a.type().lanes() / sum.type().lanes();
        }
    }

    /// What only a machine can do whose lanes are threads of their own: a value of 32 lanes or more is spread over the 32 threads of a
    /// warp, thread t holding the lanes from `t * lanes / 32` on. Other back ends refuse a program that holds any.
    sealed interface Warp extends Expr {}

    /// Lane l is l.
    record Lane(Type type) implements Warp {}

    /// Runs of consecutive elements, each from an index of its own on: lane l is `buffer[indices[l / run] + l % run]`, where run is
    /// `type.lanes / indices.lanes`. Where a run is 16 bytes, one wide load of each thread.
    ///
    /// @param type    the buffer's element
    /// @param indices i32, in elements; all runs lie inside of the buffer
    record Gather(Type type, Buf buffer, Expr indices) implements Warp {}

    /// A product of matrices added to `sum`: 16 rows times 8 columns over 32 k of bytes, or 16 k of bf16, each of the 32 threads holding
    /// a part, 4 bytes of each operand. With g = thread / 4, t = thread % 4 and e elements in 4 bytes, element b of a thread's part of
    /// `a[i]` is row `g + i % 2 * 8`, k `e * t + b + i / 2 * 4 * e`; of `b[i]` k `e * t + b + i * 4 * e`, column g; lane `4 * thread + i` of
    /// the sum is row `g + i / 2 * 8`, column `2 * t + i % 2`. Sums of bytes are exact. Those of bf16 are taken in f64 in the order of k
    /// and rounded once to f32 here; hardware leaves order and rounding inside open, so a program that relies on more states a bound.
    /// Source: PTX ISA, "Matrix fragments for mma.m16n8k32", "Matrix fragments for mma.m16n8k16 with floating point type".
    ///
    /// @param sum i32x128, of bf16 f32x128
    /// @param a   four times i8x128 or u8x128, or bf16x64
    /// @param b   two times i8x128 or u8x128, or bf16x64
    record Mma(Expr sum, List<Expr> a, List<Expr> b) implements Warp {
        public Mma {
            a = List.copyOf(a);
            b = List.copyOf(b);
        }

        @Override
        public Type type() {
            return sum.type();
        }
    }

    // Shorthand for lowerings. Trivial arithmetic is folded so that printed programs stay readable.

    static Expr i32(int value) {
        return new Int(Type.I32, value);
    }

    static Expr ref(Var var) {
        return new Ref(var);
    }

    static Expr load(Buf buffer, Expr index, int lanes) {
        return new Load(new Type(buffer.element(), lanes), buffer, index, null);
    }

    static Expr add(Expr a, Expr b) {
        if (b instanceof Int(_, var zero) && zero == 0) return a;
        if (a instanceof Int(_, var zero) && zero == 0) return b;
        if (a instanceof Int(var type, var x) && b instanceof Int(_, var y) && type.isScalar()) return new Int(type, x + y);
        return new Binary(Binary.Operation.ADD, a, b);
    }

    static Expr subtract(Expr a, Expr b) {
        if (b instanceof Int(_, var zero) && zero == 0) return a;
        if (a instanceof Int(var type, var x) && b instanceof Int(_, var y) && type.isScalar()) return new Int(type, x - y);
        return new Binary(Binary.Operation.SUBTRACT, a, b);
    }

    static Expr multiply(Expr a, Expr b) {
        if (b instanceof Int(_, var one) && one == 1) return a;
        if (a instanceof Int(_, var one) && one == 1) return b;
        if (b instanceof Int(_, var zero) && zero == 0) return b;
        if (a instanceof Int(var type, var x) && b instanceof Int(_, var y) && type.isScalar()) return new Int(type, x * y);
        return new Binary(Binary.Operation.MULTIPLY, a, b);
    }

    static Expr binary(Binary.Operation op, Expr a, Expr b) {
        return new Binary(op, a, b);
    }

    /// Logical shift right by a constant.
    static Expr shiftRight(Expr a, int count) {
        return count == 0 ? a : new Binary(Binary.Operation.SHIFT_RIGHT_LOGICAL, a, i32(count));
    }

    static Expr shiftLeft(Expr a, int count) {
        return count == 0 ? a : new Binary(Binary.Operation.SHIFT_LEFT, a, i32(count));
    }

    /// `a & mask`, the mask in every lane.
    static Expr mask(Expr a, long mask) {
        return new Binary(Binary.Operation.AND, a, new Int(a.type(), mask));
    }

    static Expr convert(Element element, Expr a) {
        return a.type().element() == element ? a : new Convert(a.type().withElement(element), a);
    }

    static Expr broadcast(int lanes, Expr a) {
        return lanes == 1 ? a : new Broadcast(a.type().withLanes(lanes), a);
    }

    static Expr zero(Type type) {
        return type.element().isFloat() ? new Real(type, 0f) : new Int(type, 0);
    }
}
