package tern.ir;

import static java.util.Locale.ROOT;
import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.ir.Packing.Section;

/// Proves a packing over its tile by visiting every weight, every bit and every combination of digits.
///
/// Every other tile is the same, so what holds for one holds for a matrix of any size.
public final class PackingCheck {

    /// Weights of a tile and bytes of a tile or tail, at most: a check is milliseconds.
    public static final int MAX_WEIGHTS = 1 << 16, MAX_BYTES = 1 << 16;

    private static final int MAX_PROBLEMS = 20;

    private final Packing packing;
    private final List<String> problems = new ArrayList<>();

    private PackingCheck(Packing packing) {
        this.packing = packing;
    }

    /// What the check found.
    ///
    /// @param problems      why the packing is none; empty if it is one
    /// @param bitsPerWeight memory, without padding at the edges and without the tail
    /// @param words         of a tile
    /// @param alignment     bytes to which every tile is aligned if the matrix is
    /// @param codes         of a tile
    /// @param paddingDigits digits of the tile's codes that hold no weight
    /// @param holes         bits of a tile that hold nothing
    public record Report(
            String packing,
            List<String> problems,
            double bitsPerWeight,
            int words,
            int alignment,
            int codes,
            int paddingDigits,
            List<Bits> holes) {

        public Report {
            problems = List.copyOf(problems);
            holes = List.copyOf(holes);
        }

        public boolean isSound() {
            return problems.isEmpty();
        }

        /// @throws IllegalArgumentException with all problems, if there are any
        public void require() {
            if (!isSound()) throw new IllegalArgumentException("packing " + packing + ": " + String.join("; ", problems));
        }

        /// The facts in one line, or the problems.
        @Override
        public String toString() {
            if (!isSound()) return packing + ": " + String.join("; ", problems);
            return String.format(ROOT, "%s: %s bits a weight; a tile has %d words, %d codes, alignment %d%s%s",
                    packing, shortest(bitsPerWeight), words, codes, alignment,
                    paddingDigits == 0 ? "" : String.format(ROOT, ", %d digits that are padding", paddingDigits), unused());
        }

        private String unused() {
            if (holes.isEmpty()) return "";
            int bits = holes.stream().mapToInt(h -> h.last() - h.first() + 1).sum();
            String first = holes.stream().limit(4).map(Bits::toString).collect(joining(", "));
            return String.format(ROOT, ", %d unused bits: %s%s", bits, first, holes.size() > 4 ? ", ..." : "");
        }

        private static String shortest(double number) {
            String text = String.format(ROOT, "%.4f", number);
            return text.replaceFirst("\\.?0+$", "");
        }
    }

    /// What the bits of a tile are for, in bits a weight.
    ///
    /// @param code    codes' share for weights
    /// @param scale   scales of groups
    /// @param padding codes' share for digits that hold no weight
    /// @param unused  bits that hold nothing
    public record Split(double code, double scale, double padding, double unused) {

        @Override
        public String toString() {
            var parts = new ArrayList<>(List.of("code " + Report.shortest(code)));
            if (scale > 0) parts.add("scale " + Report.shortest(scale));
            if (padding > 0) parts.add("padding " + Report.shortest(padding));
            if (unused > 0) parts.add("unused " + Report.shortest(unused));
            return String.join(" + ", parts);
        }
    }

    /// Of a sound packing; head and tail are left out.
    public static Split split(Packing packing) {
        double code = 0, padding = 0, unused = 0, weights = (double) packing.rows() * packing.columns();
        for (PackedCode one : packing.codes()) {
            double bits = packing.sections().get(one.section()).codec().bits();
            double held = Arrays.stream(one.rows()).filter(row -> row >= 0).count() / (double) one.rows().length;
            code += bits * held;
            padding += bits * (1 - held);
        }
        for (Bits hole : of(packing).holes()) unused += hole.last() - hole.first() + 1;
        return new Split(code / weights, (8.0 * packing.tileBytes() - code - padding - unused) / weights, padding / weights, unused / weights);
    }

    /// A range of bits of a tile, both ends included.
    public record Bits(int first, int last) {
        @Override
        public String toString() {
            return first == last ? "" + first : first + ".." + last;
        }
    }

    public static Report of(Packing packing) {
        var check = new PackingCheck(packing);
        if (!check.shapeIsSound()) return new Report(packing.name(), check.problems, 0, 0, 0, 0, 0, List.of());
        check.sectionsCoverTheTile();
        check.codecsAreSound();
        if (check.problems.isEmpty()) check.digitsAreInRange();
        if (!check.problems.isEmpty()) return new Report(packing.name(), check.problems, 0, 0, 0, 0, 0, List.of());
        List<PackedCode> codes = packing.codes();
        int padding = check.everyWeightIsStoredOnce(codes);
        List<Bits> holes = check.bitsAreUsedOnce(codes);
        return new Report(packing.name(), check.problems, packing.bitsPerWeight(), packing.words(),
                Integer.lowestOneBit(packing.tileBytes()), codes.size(), padding, holes);
    }

    private void problem(String format, @Nullable Object... arguments) {
        if (problems.size() < MAX_PROBLEMS) problems.add(format.formatted(arguments));
    }

    private boolean shapeIsSound() {
        if (packing.rows() < 1 || packing.columns() < 1)
            problem("a tile of %d x %d weights", packing.rows(), packing.columns());
        else if ((long) packing.rows() * packing.columns() > MAX_WEIGHTS)
            problem("a tile of %d x %d weights; at most %d weights are checked", packing.rows(), packing.columns(), MAX_WEIGHTS);
        switch (packing.word()) {
            case I8, I16, I32, I64 -> {
                if (packing.tileBytes() < 1 || packing.tileBytes() % packing.word().bytes() != 0)
                    problem("%d bytes a tile are no whole number of %s words", packing.tileBytes(), packing.word());
            }
            case BOOL, U8, U16, U32, U64, F16, BF16, F32 -> problem("a word is i8, i16, i32 or i64, not %s", packing.word());
        }
        if (packing.tileBytes() > MAX_BYTES) problem("%d bytes a tile; at most %d", packing.tileBytes(), MAX_BYTES);
        if (packing.tailBytes() < 0 || packing.tailBytes() > MAX_BYTES)
            problem("a tail of %d bytes; at most %d", packing.tailBytes(), MAX_BYTES);
        if (packing.headBytes() < 0 || packing.headBytes() > MAX_BYTES)
            problem("a head of %d bytes; at most %d", packing.headBytes(), MAX_BYTES);
        if (packing.headBytes() > 0 && packing.headBytes() % packing.word().bytes() != 0)
            problem("a head of %d bytes is no whole number of %s words", packing.headBytes(), packing.word());
        if (packing.headBytes() > 0 && packing.order() == Packing.Order.ROWS_INNERMOST)
            problem("a head stands in front of a row of tiles, and here the tiles of a row are no neighbours");
        if (packing.sections().isEmpty()) problem("no section holds weights");
        for (Section section : packing.sections()) shapeIsSound(section);
        return problems.isEmpty();
    }

    private void shapeIsSound(Section section) {
        if (section.rows() < 1 || section.columns() < 1 || section.row0() < 0 || section.column0() < 0
                || section.row0() + section.rows() > packing.rows()
                || section.column0() + section.columns() > packing.columns()) {
            problem("section %s leaves the tile of %d x %d", range(section), packing.rows(), packing.columns());
            return;
        }
        List<Codec.Field> fields = section.codec().fields();
        if (section.fields().size() != fields.size())
            problem("section %s places %d fields, codec %s has %d", range(section), section.fields().size(),
                    section.codec().name(), fields.size());
        var places = new ArrayList<>(section.fields());
        places.add(section.digit());
        for (Packing.TileLayout place : places)
            if (place.row().size() != section.rows() || place.column().size() != section.columns())
                problem("section %s: %s x %s has %d x %d places", range(section), place.row(), place.column(),
                        place.row().size(), place.column().size());
    }

    private static String range(Section s) {
        return String.format(ROOT, "rows %d..%d, k %d..%d", s.row0(), s.row0() + s.rows(), s.column0(), s.column0() + s.columns());
    }

    private void sectionsCoverTheTile() {
        int[] owner = new int[packing.rows() * packing.columns()];
        for (int s = 0; s < packing.sections().size(); s++) {
            Section section = packing.sections().get(s);
            for (int r = section.row0(); r < section.row0() + section.rows(); r++) {
                for (int c = section.column0(); c < section.column0() + section.columns(); c++) {
                    int before = owner[r * packing.columns() + c];
                    if (before != 0) {
                        problem("sections %s and %s share row %d, k %d", range(packing.sections().get(before - 1)),
                                range(section), r, c);
                        return;
                    }
                    owner[r * packing.columns() + c] = s + 1;
                }
            }
        }
        for (int i = 0; i < owner.length; i++) {
            if (owner[i] != 0) continue;
            problem("no section holds row %d, k %d", i / packing.columns(), i % packing.columns());
            return;
        }
    }

    private void codecsAreSound() {
        Map<String, Codec> known = new HashMap<>();
        for (Section section : packing.sections()) {
            Codec codec = section.codec(), before = known.put(codec.name(), codec);
            if (before != null && !before.equals(codec)) problem("two different codecs are named %s", codec.name());
            if (before != null) continue;
            try {
                checkInverse(CodeBook.of(codec));
            } catch (IllegalArgumentException e) {
                problem("%s", e.getMessage());
            }
        }
    }

    /// Every code means what its canonical code means, and a canonical code is written as itself.
    private void checkInverse(CodeBook book) {
        int g = book.codec().digits();
        int[] digits = new int[g];
        for (int code = 0; code < book.codes(); code++) {
            if (!book.isUsed(code)) continue;
            for (int j = 0; j < g; j++) digits[j] = book.digit(code, j);
            int written = book.encode(digits, 0);
            boolean same = written >= 0 && book.isUsed(written);
            for (int j = 0; j < g && same; j++) same = book.digit(written, j) == digits[j];
            if (same) continue;
            problem("codec %s: code %d means %s, which is written as %d", book.codec().name(), code,
                    Arrays.toString(digits), written);
            return;
        }
    }

    private void digitsAreInRange() {
        for (Section section : packing.sections()) {
            int g = section.codec().digits();
            long words = packing.tileBytes() * 8L;
            for (int r = 0; r < section.rows(); r++) {
                for (int c = 0; c < section.columns(); c++) {
                    int digit = section.digit().at(r, c);
                    if (digit < 0 || digit >= g) {
                        problem("row %d, k %d is digit %d of codec %s, which has digits 0..%d", section.row0() + r,
                                section.column0() + c, digit, section.codec().name(), g - 1);
                        return;
                    }
                    for (int f = 0; f < section.fields().size(); f++) {
                        Codec.Field field = section.codec().fields().get(f);
                        int bit = section.fields().get(f).at(r, c);
                        if (bit < 0 || bit + field.bits() > words) {
                            problem("%s of row %d, k %d lies at bits %d..%d of a tile of %d bits", field.name(),
                                    section.row0() + r, section.column0() + c, bit, bit + field.bits() - 1, words);
                            return;
                        }
                    }
                }
            }
        }
    }

    /// @return digits of codes that hold no weight
    private int everyWeightIsStoredOnce(List<PackedCode> codes) {
        boolean[] stored = new boolean[packing.rows() * packing.columns()];
        int weights = 0, digits = 0;
        for (PackedCode code : codes) {
            digits += code.rows().length;
            for (int j = 0; j < code.rows().length; j++) {
                if (code.rows()[j] < 0) continue;
                int at = code.rows()[j] * packing.columns() + code.columns()[j];
                if (!stored[at]) weights++;
                stored[at] = true;
            }
        }
        // Two weights with the same place and digit: the code remembers the last one only, the first is in no code.
        for (int i = 0; i < stored.length; i++) {
            if (stored[i]) continue;
            problem("row %d, k %d is stored in the same digit of the same code as another weight",
                    i / packing.columns(), i % packing.columns());
            break;
        }
        return digits - weights;
    }

    /// Fields and scales overlap nothing, and fields straddle no word.
    ///
    /// @return bits that nothing uses
    private List<Bits> bitsAreUsedOnce(List<PackedCode> codes) {
        var used = new Occupancy(packing.tileBytes() * 8, "the tile");
        int word = packing.word().bits();
        boolean straddles = false;
        for (PackedCode code : codes) {
            List<Codec.Field> fields = packing.sections().get(code.section()).codec().fields();
            for (int f = 0; f < fields.size(); f++) {
                int first = code.bits()[f], last = first + fields.get(f).bits() - 1;
                if (first / word != last / word && !straddles) {
                    straddles = true;
                    problem("%s at bits %d..%d straddles %s words", fields.get(f).name(), first, last, packing.word());
                }
                used.take(first, last, fields.get(f).name());
            }
        }
        takeScales(used);
        return used.holes();
    }

    /// The scales of all groups, of all rows, or the one of the tensor.
    private void takeScales(Occupancy tile) {
        Packing.Scale scale = packing.scale();
        if (scale == null) return;
        Occupancy where = switch (scale.where()) {
            case TILE -> tile;
            case HEAD -> new Occupancy(packing.headBytes() * 8, "the head");
            case TAIL -> new Occupancy(packing.tailBytes() * 8, "the tail");
        };
        boolean ofGroups = scale.where() == Packing.Where.TILE, ofTensor = scale.where() == Packing.Where.TAIL;
        if (!ofGroups && scale.place().column().cosize() > 1 || ofTensor && scale.place().row().cosize() > 1 + scale.place().row().base())
            problem("a scale in %s is that of %s: its place is the same for all of them", where.where, ofTensor ? "the tensor" : "a row");
        int step = ofGroups ? packing.group() : packing.columns();
        Map<Integer, Integer> groupOf = new HashMap<>();
        for (int c = 0; c < packing.columns(); c += step)
            for (int r = 0; r < packing.rows(); r++) {
                int at = scale.place().at(r, c);
                Integer before = groupOf.putIfAbsent(at, c);
                if (before == null) where.take(at * 8L, (at + scale.type().bytes()) * 8L - 1, "scale");
                else if (before != c) {
                    problem("k %d and k %d share a scale, those between them have another", before, c);
                    return;
                }
            }
    }

    /// Who uses which bit.
    private final class Occupancy {
        private final String where;
        private final String[] users;
        /// The first overlap is a problem; those after it mostly have the same cause.
        private boolean overlaps;

        Occupancy(int bits, String where) {
            this.where = where;
            users = new String[bits];
        }

        void take(long first, long last, String user) {
            if (first < 0 || last >= users.length) {
                problem("%s at bits %d..%d lies outside %s of %d bits", user, first, last, where, users.length);
                return;
            }
            String before = null;
            for (int bit = (int) first; bit <= last; bit++) {
                if (before == null) before = users[bit];
                users[bit] = user;
            }
            if (before == null || overlaps) return;
            overlaps = true;
            problem("%s at bits %d..%d of %s overlaps %s", user, first, last, where,
                    before.equals(user) ? "another " + before : before);
        }

        List<Bits> holes() {
            var holes = new ArrayList<Bits>();
            for (int bit = 0; bit < users.length; bit++) {
                if (users[bit] != null) continue;
                int first = bit;
                while (bit + 1 < users.length && users[bit + 1] == null) bit++;
                holes.add(new Bits(first, bit));
            }
            return holes;
        }
    }
}
