package tern.scheduler.vector;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.packing.CodeVector;
import tern.scheduler.program.Names;

/// Digits of a block of k tiles, decoded once for all blocks of tokens: bytes `[block of row tiles][weight][row tile][k tile][vector][lane]`.
///
/// A code that means nothing gives a digit no larger than those that do, so that more of them fit an i16.
final class DigitPanel {

    private final Geometry g;
    private final Names names;
    private final List<Buf> weights;
    private final ByteDigits digits;
    private final Buf buffer;

    DigitPanel(Geometry g, Names names, List<Buf> weights, ByteDigits digits) {
        this.g = g;
        this.names = names;
        this.weights = weights;
        this.digits = digits;
        buffer = Buf.scratch("digits", Element.U8, Buf.Scope.CORE, g.schedule().cacheBlock() * blockBytes(), values());
    }

    Buf buffer() {
        return buffer;
    }

    private Interval values() {
        return g.clampedDigit();
    }

    /// Of a block of row tiles.
    private int blockBytes() {
        return weights.size() * g.schedule().rowTiles() * g.kTiles() * tileBytes();
    }

    private int tileBytes() {
        return digits.vectors() * g.cover().lanes();
    }

    /// Where the digits of a tile begin.
    ///
    /// @param block number among the blocks of row tiles of the cache block
    /// @param i     number among the k tiles of their block
    private Expr at(Expr block, int w, int r, Expr i) {
        Expr tile = add(multiply(block, i32(blockBytes())), i32((w * g.schedule().rowTiles() + r) * g.kTiles() * tileBytes()));
        return add(tile, multiply(i, i32(tileBytes())));
    }

    /// A vector of digits.
    ///
    /// @param number among those of a tile, see [ByteDigits#before]
    Expr load(Expr block, int w, int r, Expr i, int number) {
        return Expr.load(buffer, add(at(block, w, r, i), i32(number * g.cover().lanes())), g.cover().lanes());
    }

    /// Decodes `tiles` k tiles from `kTile` on.
    Loop fill(RowTiles rowTiles, Expr block, Expr kTile, Expr tiles) {
        Var first = names.value("kTile", Type.I32), i = names.index("i");
        var steps = new ArrayList<Loop>();
        for (int w = 0; w < weights.size(); w++)
            for (int r = 0; r < rowTiles.size(); r++) {
                Var word = names.value("word", Type.I32);
                steps.add(new Loop.Let(word, g.tileWord(rowTiles.tile(r), add(ref(first), ref(i)))));
                TileBody.prefetch(g, weights.get(w), word, steps);
                fill(digits.new Tile(w, word, steps), at(block, w, r, ref(i)), steps);
            }
        return new Loop.Outline("digits", Loop.block(
                new Loop.Let(first, kTile),
                Loop.loop(i, i32(0), tiles, 1, Binding.SERIAL, Loop.block(steps))));
    }

    private void fill(ByteDigits.Tile tile, Expr at, List<Loop> steps) {
        int number = 0;
        for (CodeVector vector : g.cover().vectors())
            for (@Nullable Expr digit : tile.digits(vector)) {
                if (digit == null) continue;
                Expr least = Expr.binary(Expr.Binary.Operation.MIN, digit, new Expr.Int(digit.type(), values().high()));
                steps.add(new Loop.Store(buffer, add(at, i32(number * g.cover().lanes())), least, null));
                number++;
            }
    }
}
