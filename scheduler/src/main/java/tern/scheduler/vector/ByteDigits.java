package tern.scheduler.vector;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.load;
import static tern.ir.loop.Expr.mask;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.packing.CodeVector;
import tern.scheduler.packing.UnsignedDigits;
import tern.scheduler.program.Names;

/// Unsigned digits in bytes, for each vector of codes of a tile.
final class ByteDigits {

    private final Geometry g;
    private final Names names;
    private final List<Buf> weights;
    private final List<UnsignedDigits> decoders = new ArrayList<>();
    private final List<List<Buf>> tables = new ArrayList<>();

    ByteDigits(Geometry g, Names names, List<Buf> weights) {
        this.g = g;
        this.names = names;
        this.weights = weights;
        for (int s = 0; s < g.books().size(); s++) {
            decoders.add(UnsignedDigits.of(g.books().get(s)));
            tables.add(decoders.getLast().constants("section" + s));
        }
    }

    /// Tables that digits are looked up in.
    List<Buf> constants() {
        return tables.stream().flatMap(List::stream).toList();
    }

    /// Vectors of digits that hold weights, of all vectors of codes before `v`.
    int before(int v) {
        int count = 0;
        for (int earlier = 0; earlier < v; earlier++)
            for (int j = 0; j < g.cover().digits(g.cover().vectors().get(earlier)); j++) if (!isPadding(g.cover().vectors().get(earlier), j)) count++;
        return count;
    }

    /// Of a tile.
    int vectors() {
        return before(g.cover().vectors().size());
    }

    static boolean isPadding(CodeVector vector, int j) {
        for (int column : vector.columns(j)) if (column >= 0) return false;
        return true;
    }

    /// One tile of one weight parameter, whose words are loaded once.
    final class Tile {

        private final int weight;
        private final Var word;
        private final List<Loop> steps;
        private final Map<Integer, Var> loaded = new HashMap<>();

        /// @param word  the tile's first
        /// @param steps to which what has names is added
        Tile(int weight, Var word, List<Loop> steps) {
            this.weight = weight;
            this.word = word;
            this.steps = steps;
        }

        /// The digits of a vector of codes; null where one is no weight.
        List<@Nullable Expr> digits(CodeVector vector) {
            Expr code = Expr.shiftRight(bytes(vector), vector.shifts()[0]);
            int bits = g.books().get(vector.section()).codec().bits(), digits = g.cover().digits(vector);
            if (vector.shifts()[0] + bits < 8) code = mask(code, (1L << bits) - 1);
            if (digits > 1) code = named("code", code);
            var all = new ArrayList<@Nullable Expr>();
            for (int j = 0; j < digits; j++)
                all.add(isPadding(vector, j) ? null : decoders.get(vector.section()).digit(code, j, tables.get(vector.section())));
            return all;
        }

        /// The bytes of a vector, u8, loaded once as words.
        private Expr bytes(CodeVector vector) {
            int first = vector.words()[0], lanes = vector.lanes().size(), wordBytes = g.packing().word().bytes();
            Var known = loaded.get(first);
            if (known != null) return ref(known);
            Expr words = load(weights.get(weight), add(ref(word), i32(first / wordBytes)), lanes / wordBytes);
            Type type = new Type(Element.U8, lanes);
            Var name = names.value("bytes", type);
            steps.add(new Loop.Let(name, wordBytes == 1 ? words : new Expr.Bitcast(type, words)));
            loaded.put(first, name);
            return ref(name);
        }

        private Expr named(String stem, Expr value) {
            Var name = names.value(stem, value.type());
            steps.add(new Loop.Let(name, value));
            return ref(name);
        }
    }
}
