package tern.codegen.jvm.emit;

import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Type;

/// Writes vectors of bool. In registers they are masks, and a mask belongs to the lane that was compared; a mask for other
/// lanes uses a vector of zeros and ones if it must.
final class Masks {

    private final Emission emission;
    private final Code code;

    Masks(Emission emission) {
        this.emission = emission;
        this.code = emission.code;
    }

    /// .. -> .. mask
    ///
    /// @param shape lane and number of the lanes to be masked
    void emit(Expr condition, int first, Shape shape) {
        Lane own = lane(condition);
        if (own == null || own == shape.lane()) {
            same(condition, first, shape);                                        // mask
        } else if (own.bits() == shape.lane().bits()) {
            same(condition, first, shape.withLane(own));                          // mask
            code.species(shape).invokevirtual(VectorMask.class, "cast", VectorMask.class, VectorSpecies.class); // mask
        } else {
            converted(condition, own, first, shape);                              // mask
        }
    }

    /// What [#emit] needs no conversion for; null if any will do.
    @Nullable
    Lane lane(Expr condition) {
        return switch (condition) {
            case Expr.Compare(_, Expr a, _) -> Lane.of(a.type().element());
            case Expr.Ref(var var) -> ((Home.Registers) emission.frame.home(var)).shape().lane();
            case Expr.Unary(_, Expr a) -> lane(a);
            case Expr.Binary(_, Expr a, Expr b) -> either(lane(a), lane(b));
            case Expr.Select(Expr c, Expr a, Expr b) -> either(lane(c), either(lane(a), lane(b)));
            case Expr.Int _, Expr.Broadcast _ -> null;
            case Expr.Load _ -> Lane.BYTE;
            case Expr.Convert(_, Expr a) -> a.type().element() == Element.BOOL ? lane(a) : Lane.of(a.type().element());
            case Expr.Bitcast _, Expr.Lookup _, Expr.Shuffle _, Expr.Real _, Expr.Fma _, Expr.Reduce _, Expr.Dot _, Expr.Warp _ ->
                throw emission.refuse("no vector of bool can come from " + condition.getClass().getSimpleName());
        };
    }

    private static @Nullable Lane either(@Nullable Lane a, @Nullable Lane b) {
        return a != null ? a : b;
    }

    /// .. -> .. mask of lanes as wide as the condition's own
    private void same(Expr condition, int first, Shape shape) {
        Lane lane = shape.lane();
        switch (condition) {
            case Expr.Compare(var relation, Expr a, Expr b) -> {
                Element element = a.type().element();
                emission.vectors.emit(a, first, shape.lanes());                   // a
                code.operator(name(relation, element), VectorOperators.Comparison.class); // a relation
                emission.vectors.argument(b, first, shape.lanes(), Vectors.ALL_BITS); // a relation b
                code.compare(lane);                                               // mask
            }
            case Expr.Ref(var var) -> register((Home.Registers) emission.frame.home(var), first, shape);
            case Expr.Unary(_, Expr a) -> {
                emit(a, first, shape);                                            // a
                code.invokevirtual(VectorMask.class, "not", VectorMask.class);    // mask
            }
            case Expr.Binary(var op, Expr a, Expr b) -> {
                emit(a, first, shape);                                            // a
                emit(b, first, shape);                                            // a b
                code.invokevirtual(VectorMask.class, name(op), VectorMask.class, VectorMask.class); // mask
            }
            case Expr.Select(Expr c, Expr a, Expr b) -> {
                // (a ^ b) & c ^ b
                emit(a, first, shape);                                            // a
                emit(b, first, shape);                                            // a b
                code.invokevirtual(VectorMask.class, "xor", VectorMask.class, VectorMask.class); // a^b
                emit(c, first, shape);                                            // a^b c
                code.invokevirtual(VectorMask.class, "and", VectorMask.class, VectorMask.class); // (a^b)&c
                emit(b, first, shape);                                            // (a^b)&c b
                code.invokevirtual(VectorMask.class, "xor", VectorMask.class, VectorMask.class); // mask
            }
            case Expr.Int(_, long value) -> {
                code.species(shape).iconst((int) (value & 1));                    // species bit
                all();                                                            // mask
            }
            case Expr.Broadcast(_, Expr a) -> {
                code.species(shape);                                              // species
                emission.scalars.emit(a);                                         // species bit
                all();                                                            // mask
            }
            case Expr.Load(var type, var buffer, Expr index, Expr limit) -> {
                Type bytes = type.withElement(Element.I8);
                emission.vectors.emit(new Expr.Load(bytes, buffer, index, limit), first, shape.lanes()); // bytes
                lowestBit(shape);                                                 // mask
            }
            case Expr.Convert(_, Expr a) -> {
                if (a.type().element() == Element.BOOL) {
                    emit(a, first, shape);                                        // mask
                    return;
                }
                if (lane == Lane.FLOAT) throw emission.refuse("converts floats to bool");
                emission.vectors.emit(a, first, shape.lanes());                   // a
                lowestBit(shape);                                                 // mask
            }
            case Expr.Bitcast _, Expr.Lookup _, Expr.Shuffle _, Expr.Real _, Expr.Fma _, Expr.Reduce _, Expr.Dot _, Expr.Warp _ ->
                throw new AssertionError(condition);
        }
    }

    /// species bit -> mask
    private void all() {
        code.invokeinterface(VectorSpecies.class, "maskAll", VectorMask.class, boolean.class);
    }

    /// vector -> mask of the lanes that are odd
    private void lowestBit(Shape shape) {
        emission.vectors.constant(shape, 1);                                      // a 1
        code.binary(shape.lane(), "AND");                                         // bit
        nonZero(shape);                                                           // mask
    }

    /// vector -> mask
    private void nonZero(Shape shape) {
        code.operator("NE", VectorOperators.Comparison.class);                    // a NE
        emission.vectors.constant(shape, 0);                                      // a NE 0
        code.compare(shape.lane());                                               // mask
    }

    private void register(Home.Registers home, int first, Shape shape) {
        Shape register = home.shape();
        code.aload(home.slots().get(first / register.lanes()));                   // mask
        if (register.lanes() == shape.lanes()) return;
        Lane lane = integer(shape.lane());
        code.invokevirtual(VectorMask.class, "toVector", Vector.class).checkcast(register.lane().vector()) // vector
                .reinterpret(register.lane(), lane);                              // vector
        emission.vectors.block(register.withLane(lane), first % register.lanes() / shape.lanes(), shape.lanes()); // block
        nonZero(shape.withLane(lane));                                            // mask
        if (lane != shape.lane())
            code.species(shape).invokevirtual(VectorMask.class, "cast", VectorMask.class, VectorSpecies.class); // mask
    }

    private static Lane integer(Lane lane) {
        return Lane.integer(lane.bits());
    }

    private void converted(Expr condition, Lane own, int first, Shape shape) {
        Element from = integer(own).element(), to = integer(shape.lane()).element();
        Type narrow = condition.type().withElement(from);
        Expr bits = new Expr.Select(condition, new Expr.Int(narrow, 1), new Expr.Int(narrow, 0));
        Shape integers = shape.withLane(integer(shape.lane()));
        emission.vectors.emit(new Expr.Convert(condition.type().withElement(to), bits), first, shape.lanes()); // bits
        nonZero(integers);                                                        // mask
        if (shape.lane() != integers.lane())
            code.species(shape).invokevirtual(VectorMask.class, "cast", VectorMask.class, VectorSpecies.class); // mask
    }

    /// .. -> .. bytes 0 and 1, as bool lies in memory
    void bytes(Expr condition, int first, int lanes) {
        Shape bytes = new Shape(Lane.BYTE, lanes);
        emission.vectors.constant(bytes, 0);                                      // 0
        emission.vectors.constant(bytes, 1);                                      // 0 1
        emit(condition, first, bytes);                                            // 0 1 mask
        code.blend(Lane.BYTE);                                                    // vector
    }

    private static String name(Expr.Compare.Relation relation, Element element) {
        boolean unsigned = element.isInteger() && !element.isSigned();
        return switch (relation) {
            case EQ, NE -> relation.name();
            case LT, LE, GT, GE -> unsigned ? "U" + relation.name() : relation.name();
        };
    }

    private String name(Operation op) {
        return switch (op) {
            case AND, MULTIPLY, MIN -> "and";
            case OR, MAX -> "or";
            case XOR, ADD, SUBTRACT -> "xor";
            case MULTIPLY_HIGH, DIVIDE, REMAINDER, SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL ->
                throw emission.refuse(op + " of bool");
        };
    }
}
