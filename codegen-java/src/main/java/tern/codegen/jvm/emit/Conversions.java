package tern.codegen.jvm.emit;

import jdk.incubator.vector.VectorOperators;
import tern.ir.Element;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Type;

/// Writes conversions of vectors. Those that no instruction does are spelled by others.
final class Conversions {

    private final Emission emission;
    private final Code code;

    Conversions(Emission emission) {
        this.emission = emission;
        this.code = emission.code;
    }

    /// .. -> .. vector
    void emit(Expr.Convert convert, int first, int lanes, long demanded) {
        Element from = convert.a().type().element(), to = convert.type().element();
        Expr a = convert.a();
        if (from == to) emission.vectors.emit(a, first, lanes, demanded);
        else if (from == Element.BOOL) fromBool(convert, first, lanes);
        else if (to == Element.F32) toFloat(from, a, first, lanes);
        else if (from == Element.F32) fromFloat(to, a, first, lanes);
        else if (from.isFloat() || to.isFloat()) throw emission.refuse("converts " + from + " to " + to);
        else if (from.bits() == to.bits()) emission.vectors.emit(a, first, lanes, demanded);
        else if (from.bits() < to.bits()) widen(a, first, lanes, Lane.of(to));
        else narrow(a, first, lanes, Lane.of(to));
    }

    private void fromBool(Expr.Convert convert, int first, int lanes) {
        Type type = convert.type();
        Expr one = type.element().isFloat() ? new Expr.Real(type, 1) : new Expr.Int(type, 1);
        emission.vectors.emit(new Expr.Select(convert.a(), one, Expr.zero(type)), first, lanes);
    }

    /// .. -> .. vector
    private void widen(Expr a, int first, int lanes, Lane to) {
        Element element = a.type().element();
        Lane from = Lane.of(element);
        emission.vectors.emit(a, first, lanes);                                   // a
        conversion(element.isSigned() ? "" : "ZERO_EXTEND_", from, new Shape(to, lanes), 0); // vector
    }

    /// a -> vector
    private void conversion(String prefix, Lane from, Shape to, int part) {
        code.operator(prefix + from.letter() + "2" + to.lane().letter(), VectorOperators.Conversion.class) // a op
                .species(to).iconst(part).convertShape(from).checkcast(to.lane().vector()); // vector
    }

    /// .. -> .. vector
    private void narrow(Expr a, int first, int lanes, Lane to) {
        Lane from = Lane.of(a.type().element());
        pieces(new Shape(to, lanes), emission.machine.bits() / from.bits(), (at, count) -> {
            emission.vectors.emit(a, first + at, count);                          // a
            conversion("", from, new Shape(to, count), 0);                        // piece
        });
    }

    interface Piece {
        /// .. -> .. vector of `count` lanes from lane `at` on
        void emit(int at, int count);
    }

    /// .. -> .. vector, put together from pieces if the lanes before the conversion did not fit one register
    void pieces(Shape shape, int most, Piece piece) {
        if (shape.lanes() <= most) {
            piece.emit(0, shape.lanes());                                         // vector
            return;
        }
        Shape part = shape.withLanes(most);
        Lane lane = shape.lane(), bits = Lane.integer(lane.bits());
        for (int at = 0; at < shape.lanes(); at += most) {
            piece.emit(at, most);                                                 // .. piece
            place(part, shape, at);                                               // .. wide
            if (at == 0) continue;
            code.binary(bits, "OR");                                              // whole
        }
        code.reinterpret(bits, lane);                                             // vector
    }

    /// piece -> the piece at lane `at` of a wider vector, as integers
    private void place(Shape part, Shape whole, int at) {
        Lane bits = Lane.integer(part.lane().bits());
        code.reinterpret(part.lane(), bits);                                      // piece
        Shape from = part.withLane(bits), to = whole.withLane(bits);
        if (part.isFull()) {
            code.species(to).iconst(-(at / part.lanes())).reinterpretShape(bits).checkcast(bits.vector()); // wide
            return;
        }
        emission.permutes.clearRest(from);                                        // piece
        emission.vectors.resize(from, to);                                     // wide
        emission.permutes.moveUp(to, at);                                         // wide
    }

    // Floats

    private void toFloat(Element from, Expr a, int first, int lanes) {
        Shape floats = new Shape(Lane.FLOAT, lanes);
        switch (from) {
            case I32 -> {
                emission.vectors.emit(a, first, lanes);                           // a
                conversion("", Lane.INT, floats, 0);                              // vector
            }
            case I8, U8, I16, U16 -> toFloat(Element.I32, Expr.convert(Element.I32, a), first, lanes);
            case U32 -> {
                // Both halves are exact, so the sum rounds once.
                Shape ints = floats.withLane(Lane.INT);
                Expr x = emission.integers.shared(a, first, ints);
                Expr high = Expr.convert(Element.F32, signed(Expr.shiftRight(x, 16)));
                Expr low = Expr.convert(Element.F32, signed(Expr.mask(x, 0xffff)));
                Type type = high.type();
                emission.vectors.emit(new Expr.Fma(high, new Expr.Real(type, 0x1p16f), low), 0, lanes);
            }
            case I64 -> pieces(floats, emission.machine.lanes(Element.I64), (at, count) -> {
                emission.vectors.emit(a, first + at, count);                      // a
                conversion("", Lane.LONG, new Shape(Lane.FLOAT, count), 0);       // piece
            });
            case U64 -> pieces(floats, emission.machine.lanes(Element.I64), (at, count) -> {
                // Halved with a sticky last bit, so that the one rounding is the right one.
                Expr x = emission.integers.shared(a, first + at, new Shape(Lane.LONG, count));
                Expr half = Expr.binary(Operation.OR, Expr.shiftRight(x, 1), Expr.mask(x, 1));
                Expr rounded = Expr.convert(Element.F32, Expr.convert(Element.I64, half));
                Expr large = new Expr.Compare(Expr.Compare.Relation.LT, Expr.convert(Element.I64, x),
                        new Expr.Int(new Type(Element.I64, count), 0));
                emission.vectors.emit(new Expr.Select(large, Expr.add(rounded, rounded),
                        Expr.convert(Element.F32, Expr.convert(Element.I64, x))), 0, count);
            });
            case F16 -> emission.halfFloats.widenFloat16(a, first, lanes);
            case BF16 -> emission.halfFloats.widenBfloat16(a, first, lanes);
            case BOOL, F32 -> throw new AssertionError(from);
        }
    }

    private static Expr signed(Expr a) {
        return Expr.convert(Element.I32, a);
    }

    private void fromFloat(Element to, Expr a, int first, int lanes) {
        switch (to) {
            case I32 -> {
                emission.vectors.emit(a, first, lanes);                           // a
                conversion("", Lane.FLOAT, new Shape(Lane.INT, lanes), 0);        // vector
            }
            case I64, U64 -> {
                emission.vectors.emit(a, first, lanes);                           // a
                conversion("", Lane.FLOAT, new Shape(Lane.LONG, lanes), 0);       // vector
            }
            case U32 -> emission.vectors.emit(Expr.convert(Element.U32, Expr.convert(Element.I64, a)), first, lanes);
            case I8, U8, I16, U16 -> emission.vectors.emit(Expr.convert(to, Expr.convert(Element.I32, a)), first, lanes);
            case F16 -> emission.halfFloats.narrowFloat16(a, first, lanes);
            case BF16 -> emission.halfFloats.narrowBfloat16(a, first, lanes);
            case BOOL, F32 -> throw new AssertionError(to);
        }
    }
}
