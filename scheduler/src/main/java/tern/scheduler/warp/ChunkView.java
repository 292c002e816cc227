package tern.scheduler.warp;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tern.ir.CodeBook;
import tern.ir.Codec;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.PackedCode;
import tern.ir.Packing;
import tern.scheduler.packing.DigitDecoder;
import tern.scheduler.packing.Views;
import tern.scheduler.problem.InapplicableException;

/// A packing as a thread of a GPU sees it: one chunk of a few bytes, wherever it lies, is unpacked by the same instructions into
/// groups of four digits of one row. Found by enumeration, so that it works for a packing nobody has seen; a packing whose chunks
/// differ in more than rows and columns has no such view.
///
/// @param bytes   of a chunk: what one load of a thread takes
/// @param tiles   neighbouring tiles after which chunks repeat
/// @param quads   groups of four digits, in the order of their bits
/// @param slots   different rows of a chunk
/// @param rows    `[class][slot]` row in the tile
/// @param columns `[word of activations][class][4]` column from the first of the `tiles` on; -1 where there is no weight
/// @param offset  what to add to a decoded digit to have the weight
/// @param signed  whether decoded digits are signed bytes
public record ChunkView(
        Packing packing,
        int bytes,
        int tiles,
        List<Quad> quads,
        int slots,
        int[][] rows,
        List<int[][]> columns,
        int offset,
        boolean signed) {

    /// Bits of a code that a thread looks up, at most.
    private static final int TABLE_BITS = 8;

    /// Four digits of one row.
    ///
    /// @param slot of the row
    /// @param word of activations
    public record Quad(int slot, int word, Decode decode) {

        /// What a decoded byte may be, as it is multiplied: `shift` bits above its place, whatever the bits of the chunk are.
        Interval decoded(boolean signed) {
            Interval any = Interval.of(signed ? Element.I8 : Element.U8);
            return switch (decode) {
                case Decode.Bytes(_, _, int mask, _) -> signed ? any : Interval.of(0, mask & 0xff);
                case Decode.Table _ -> any;
            };
        }
    }

    /// How four digits come out of the words of a chunk.
    public sealed interface Decode {
        /// Four codes at the same bit of four bytes: `word & mask ^ flip`, the digits `shift` bits above their place.
        record Bytes(int word, int shift, int mask, int flip) implements Decode {}

        /// One code, whose digits are in a table as bytes.
        record Table(List<Field> fields, List<Integer> entries) implements Decode {
            public Table {
                fields = List.copyOf(fields);
                entries = List.copyOf(entries);
            }
        }
    }

    /// Bits of a chunk.
    record Field(int word, int shift, int bits) {}

    /// Chunks after which everything but the column repeats.
    int classes() {
        return rows.length;
    }

    /// 32-bit words of a chunk.
    public int words() {
        return bytes / 4;
    }

    /// Columns of `tiles` tiles.
    public int period() {
        return tiles * packing.columns();
    }

    private record Key(Packing packing, int bytes) {}

    private static final Views<Key, ChunkView> VIEWS = new Views<>();

    /// @param bytes of a chunk: 4, 8 or 16
    /// @throws InapplicableException if chunks are not alike
    public static ChunkView of(Packing packing, int bytes) {
        return VIEWS.get(new Key(packing, bytes), key -> find(key.packing, key.bytes));
    }

    private static ChunkView find(Packing packing, int bytes) {
        if (packing.headBytes() > 0) throw new InapplicableException("bytes stand in front of each row of tiles");
        int tiles = 1;
        while (tiles * packing.tileBytes() % bytes != 0) tiles++;
        if (tiles > 1 && packing.order() == Packing.Order.ROWS_INNERMOST)
            throw new InapplicableException(String.format(ROOT, "a chunk of %d bytes would reach into tiles of other rows", bytes));
        return new Finder(packing, bytes, tiles).find();
    }

    /// Analyses one packing.
    private static final class Finder {
        private final Packing packing;
        private final int bytes, tiles, classes;
        private final List<CodeBook> books;
        private final List<Quad> quads = new ArrayList<>();
        private final Map<List<List<Integer>>, Integer> words = new LinkedHashMap<>();
        private int offset;
        private boolean signed = true, settled;

        Finder(Packing packing, int bytes, int tiles) {
            this.packing = packing;
            this.bytes = bytes;
            this.tiles = tiles;
            classes = tiles * packing.tileBytes() / bytes;
            if (classes > 32 || Integer.bitCount(classes) != 1)
                throw new InapplicableException(String.format(ROOT, "%d bytes are %d chunks; the lanes of a warp need a power of two up to 32",
                        tiles * packing.tileBytes(), classes));
            books = packing.sections().stream().map(s -> CodeBook.of(s.codec())).toList();
        }

        ChunkView find() {
            List<List<PackedCode>> chunks = chunks();
            var slots = chunks.stream().map(Finder::slots).toList();
            List<String> first = signature(chunks.getFirst(), slots.getFirst());
            for (int c = 1; c < classes; c++)
                if (!signature(chunks.get(c), slots.get(c)).equals(first))
                    throw new InapplicableException(String.format(ROOT, "chunks of %d bytes of packing %s are not alike", bytes, packing.name()));
            if (first.isEmpty()) throw new InapplicableException("chunks without codes");
            takeApart(chunks, slots.getFirst());
            int[][] rows = slots.stream()
                    .map(of -> of.keySet().stream().mapToInt(Integer::intValue).toArray())
                    .toArray(int[][]::new);
            List<int[][]> columns = words.keySet().stream()
                    .map(word -> word.stream()
                            .map(four -> four.stream().mapToInt(Integer::intValue).toArray())
                            .toArray(int[][]::new))
                    .toList();
            return new ChunkView(packing, bytes, tiles, quads, rows[0].length, rows, columns, offset, signed);
        }

        /// The codes of each class, their bits counted from the chunk, their columns from the first tile.
        private List<List<PackedCode>> chunks() {
            List<List<PackedCode>> chunks = new ArrayList<>();
            for (int c = 0; c < classes; c++) chunks.add(new ArrayList<>());
            for (int tile = 0; tile < tiles; tile++) {
                int shift = tile * packing.columns(), at = tile * packing.tileBytes() * 8;
                for (PackedCode code : packing.codes()) {
                    int chunk = (at + code.bits()[0]) / (8 * bytes);
                    int[] bits = Arrays.stream(code.bits()).map(bit -> bit + at - chunk * 8 * bytes).toArray();
                    for (int bit : bits)
                        if (bit < 0 || bit >= 8 * bytes)
                            throw new InapplicableException(
                                    String.format(ROOT, "the fields of a code lie in different chunks of %d bytes", bytes));
                    int[] columns = Arrays.stream(code.columns()).map(col -> col < 0 ? -1 : col + shift).toArray();
                    chunks.get(chunk).add(new PackedCode(code.section(), code.rows(), columns, bits));
                }
            }
            return chunks;
        }

        /// Rows in the order of their first code, and their number.
        private static Map<Integer, Integer> slots(List<PackedCode> chunk) {
            Map<Integer, Integer> slots = new LinkedHashMap<>();
            for (PackedCode code : chunk) for (int row : code.rows()) if (row >= 0) slots.putIfAbsent(row, slots.size());
            return slots;
        }

        /// All that must be equal.
        private static List<String> signature(List<PackedCode> chunk, Map<Integer, Integer> slots) {
            return chunk.stream()
                    .map(code -> code.section() + " " + Arrays.toString(code.bits())
                            + Arrays.toString(Arrays.stream(code.rows()).map(row -> row < 0 ? -1 : slots.getOrDefault(row, -1)).toArray()))
                    .toList();
        }

        private void takeApart(List<List<PackedCode>> chunks, Map<Integer, Integer> slots) {
            var left = new TreeMap<Integer, Integer>();
            List<PackedCode> chunk = chunks.getFirst();
            for (int i = 0; i < chunk.size(); i++) left.put(chunk.get(i).bits()[0], i);
            for (int bit = 0; bit < 8 * bytes; bit++) {
                Integer i = left.get(bit);
                if (i == null) continue;
                if (!takeBytes(bit, chunks, slots, left)) takeCode(i, chunks, slots, left);
            }
        }

        /// Four codes of one digit and one row, one in each byte of a word.
        private boolean takeBytes(int bit, List<List<PackedCode>> chunks, Map<Integer, Integer> slots, Map<Integer, Integer> left) {
            if (bit % 32 >= 8) return false;
            var four = new ArrayList<Integer>();
            for (int b = 0; b < 4; b++) {
                Integer i = left.get(bit + 8 * b);
                if (i == null) return false;
                four.add(i);
            }
            List<PackedCode> chunk = chunks.getFirst();
            PackedCode first = chunk.get(four.getFirst());
            Codec codec = packing.sections().get(first.section()).codec();
            int row = first.rows()[0];
            boolean alike = codec.digits() == 1 && codec.fields().size() == 1 && row >= 0
                    && four.stream().allMatch(i -> chunk.get(i).section() == first.section() && chunk.get(i).rows()[0] == row);
            // A code that reaches into the next byte is none of its own.
            int shift = bit % 8;
            Bits bits = alike && shift + codec.bits() <= 8 ? bits(first.section()) : null;
            if (bits == null) return false;
            int mask = (1 << codec.bits()) - 1 << shift;
            add(slots.getOrDefault(row, 0), chunks, four, new int[4],
                    new Decode.Bytes(bit / 32, shift, mask * 0x01010101, (bits.flip << shift) * 0x01010101));
            for (int i : four) left.remove(chunk.get(i).bits()[0]);
            return true;
        }

        /// A code as a byte: what to flip in it, and what to add to it.
        private record Bits(int flip, int offset, boolean signed) {}

        /// Null if the code's bits are no number, or one that does not go with those found before.
        private @Nullable Bits bits(int section) {
            int width = books.get(section).codec().bits();
            if (width > 8) return null;
            Bits bits = switch (DigitDecoder.of(books.get(section))) {
                case DigitDecoder.Affine(int factor, int offset, _) -> factor == 1 ? new Bits(0, offset, false) : null;
                case DigitDecoder.TwosComplement(int of) ->
                    of == 8 ? new Bits(0, 0, true) : new Bits(1 << of - 1, -(1 << of - 1), false);
                case DigitDecoder.Positional _, DigitDecoder.Table _ -> null;
            };
            if (bits == null || settled && (bits.offset != offset || bits.signed != signed)) return null;
            offset = bits.offset;
            signed = bits.signed;
            settled = true;
            return bits;
        }

        /// One code: for each row, its digits by fours from tables.
        private void takeCode(int i, List<List<PackedCode>> chunks, Map<Integer, Integer> slots, Map<Integer, Integer> left) {
            PackedCode code = chunks.getFirst().get(i);
            CodeBook book = books.get(code.section());
            if (book.codec().bits() > TABLE_BITS)
                throw new InapplicableException("codec %s has too many codes for a table".formatted(book.codec().name()));
            settled = true;
            var fields = new ArrayList<Field>();
            for (int f = 0; f < code.bits().length; f++) addField(fields, code.bits()[f], book.codec().fields().get(f).bits());
            Map<Integer, List<Integer>> bySlot = new HashMap<>();
            for (int j = 0; j < code.rows().length; j++)
                if (code.rows()[j] >= 0)
                    bySlot.computeIfAbsent(slots.getOrDefault(code.rows()[j], 0), s -> new ArrayList<>()).add(j);
            bySlot.forEach((slot, digits) -> {
                for (int from = 0; from < digits.size(); from += 4) {
                    int[] own = digits.subList(from, Math.min(from + 4, digits.size())).stream().mapToInt(d -> d).toArray();
                    var whose = IntStream.range(0, own.length).mapToObj(d -> i).toList();
                    add(slot, chunks, whose, own, new Decode.Table(fields, entries(book, own)));
                }
            });
            left.remove(code.bits()[0]);
        }

        /// A field of a wide word of the packing may reach into the next 32 bits: then it has two parts.
        private static void addField(List<Field> fields, int bit, int bits) {
            int here = Math.min(bits, 32 - bit % 32);
            fields.add(new Field(bit / 32, bit % 32, here));
            if (here < bits) fields.add(new Field(bit / 32 + 1, 0, bits - here));
        }

        private List<Integer> entries(CodeBook book, int[] digits) {
            var entries = new ArrayList<Integer>();
            for (int code = 0; code < book.codes(); code++) {
                int entry = 0;
                for (int b = 0; b < digits.length; b++) {
                    int digit = book.isUsed(code) ? book.digit(code, digits[b]) - offset : 0;
                    if (signed ? digit != (byte) digit : digit != (digit & 0xff))
                        throw new InapplicableException("digits of several codecs do not fit one kind of byte");
                    entry |= (digit & 0xff) << 8 * b;
                }
                entries.add(entry);
            }
            return entries;
        }

        /// @param codes  number in the chunk of the code of each digit
        /// @param digits which digit of it
        private void add(int slot, List<List<PackedCode>> chunks, List<Integer> codes, int[] digits, Decode decode) {
            var columns = new ArrayList<List<Integer>>();
            for (List<PackedCode> chunk : chunks) {
                var four = new ArrayList<Integer>();
                for (int b = 0; b < 4; b++) four.add(b < codes.size() ? chunk.get(codes.get(b)).columns()[digits[b]] : -1);
                columns.add(four);
            }
            Integer known = words.putIfAbsent(columns, words.size());
            quads.add(new Quad(slot, known == null ? words.size() - 1 : known, decode));
        }
    }
}
