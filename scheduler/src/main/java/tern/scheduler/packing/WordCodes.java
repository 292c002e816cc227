package tern.scheduler.packing;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;

import java.util.function.IntFunction;
import tern.ir.Codec;
import tern.ir.Element;
import tern.ir.Packing;
import tern.ir.loop.Expr;

/// The codes of a vector, out of the words that hold them.
///
/// @param wide  element of the codes' lanes
/// @param words the words that hold a field, by its number; no narrower than `wide`
public record WordCodes(Packing packing, Element wide, IntFunction<Expr> words) {

    /// @param exact false: bits above the code may stay, for a lookup that ignores them
    public Expr code(CodeVector vector, boolean exact) {
        Codec codec = packing.sections().get(vector.section()).codec();
        Expr code = null;
        int shift = 0;
        for (int f = 0; f < codec.fields().size(); f++) {
            int bits = codec.fields().get(f).bits();
            Expr field = field(vector, f, bits, exact || codec.fields().size() > 1);
            Expr placed = Expr.shiftLeft(field, shift);
            code = code == null ? placed : Expr.binary(Expr.Binary.Operation.OR, code, placed);
            shift += bits;
        }
        if (code == null) throw new IllegalStateException("codec " + codec.name() + " has no fields");
        return code;
    }

    private Expr field(CodeVector vector, int f, int bits, boolean exact) {
        Expr held = words.apply(f);
        int above = packing.word().bits() - vector.shifts()[f] - bits;
        Expr field = Expr.shiftRight(held, vector.shifts()[f]);
        boolean narrows = held.type().element().bits() > wide.bits();
        if (above > 0 && (exact || narrows)) field = Expr.mask(field, (1L << bits) - 1);
        return Expr.convert(wide, field);
    }

    /// First word of a tile in the packed weights, of which there are `rowTiles` by `columnTiles`.
    public static Expr tileWord(Packing packing, int rowTiles, int columnTiles, Expr rowTile, Expr kTile) {
        Expr index = packing.order() == Packing.Order.K_INNERMOST
                ? add(multiply(rowTile, i32(columnTiles)), kTile)
                : add(multiply(kTile, i32(rowTiles)), rowTile);
        Expr word = multiply(index, i32(packing.words()));
        if (packing.headBytes() == 0) return word;
        return add(word, multiply(add(rowTile, i32(1)), i32(packing.headBytes() / packing.word().bytes())));
    }
}
