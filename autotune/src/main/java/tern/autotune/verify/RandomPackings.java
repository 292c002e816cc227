package tern.autotune.verify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import tern.ir.CodeBook;
import tern.ir.Codec;
import tern.ir.Element;
import tern.ir.Layout;
import tern.ir.Packing;
import tern.ir.Packing.Order;
import tern.ir.Packing.TileLayout;
import tern.ir.Packing.Scale;
import tern.ir.Packing.Section;
import tern.ir.Packing.Where;
import tern.ir.ScaleType;

/// Sound packings that nobody would think of.
///
/// Every kind of codec, any word, digits along k, along rows or both or missing, positions in any order and direction, bit
/// planes, sections, holes, scales of groups, rows and tensors, heads, tails, both orders of the tiles, spread rows.
public final class RandomPackings {

    private static final int[] EXTENTS = {1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 16, 24, 32};
    private static final Element[] WORDS = {Element.I8, Element.I16, Element.I32, Element.I64};

    private final RandomGenerator random;
    /// First free bit of the tile.
    private int free;
    private Element word = Element.I8;

    private RandomPackings(RandomGenerator random) {
        this.random = random;
    }

    /// Any packing with trits that holds all of them: what a ternary kernel can be asked for.
    public static Packing ofTrits(RandomGenerator random) {
        while (true) {
            Packing packing = any(random);
            if (packing.sections().stream().allMatch(s -> holdsAllTrits(s.codec()))) return packing;
        }
    }

    private static boolean holdsAllTrits(Codec codec) {
        CodeBook book = CodeBook.of(codec);
        return book.isComplete() && book.alphabet().low() == -1 && book.alphabet().high() == 1;
    }

    public static Packing any(RandomGenerator random) {
        return new RandomPackings(random).packing();
    }

    private Packing packing() {
        int rows = EXTENTS[random.nextInt(EXTENTS.length)], columns = EXTENTS[random.nextInt(EXTENTS.length)];
        word = WORDS[random.nextInt(WORDS.length)];
        var sections = new ArrayList<Section>();
        if (random.nextInt(4) > 0) sections.add(section(0, 0, rows, 0, columns));
        else if (columns > 1 && random.nextBoolean()) {
            int cut = 1 + random.nextInt(columns - 1);
            sections.add(section(0, 0, rows, 0, cut));
            sections.add(section(1, 0, rows, cut, columns));
        } else {
            int cut = rows > 1 ? 1 + random.nextInt(rows - 1) : rows;
            sections.add(section(0, 0, cut, 0, columns));
            if (cut < rows) sections.add(section(1, cut, rows, 0, columns));
        }
        Order order = random.nextBoolean() ? Order.K_INNERMOST : Order.ROWS_INNERMOST;
        int head = order == Order.ROWS_INNERMOST || random.nextInt(6) > 0 ? 0 : 1 + random.nextInt(4);
        int tail = random.nextInt(3) > 0 ? 0 : 1 + random.nextInt(7), bytes = Math.ceilDiv(free, 8);
        Scale scale = null;
        switch (random.nextInt(6)) {
            case 0, 1 -> {
                scale = scale(Where.TILE, bytes, rows, columns);
                bytes = end(scale);
            }
            case 2 -> {
                if (order == Order.K_INNERMOST) {
                    scale = scale(Where.HEAD, random.nextInt(4), rows, columns);
                    head = end(scale);
                }
            }
            case 3 -> {
                scale = scale(Where.TAIL, random.nextInt(4), rows, columns);
                tail = end(scale) + random.nextInt(4);
            }
            default -> {}
        }
        if (random.nextInt(4) == 0) bytes += random.nextInt(5);
        bytes = Math.ceilDiv(bytes, word.bytes()) * word.bytes();
        head = Math.ceilDiv(head, word.bytes()) * word.bytes();
        return new Packing("random", rows, columns, word, bytes, sections, scale, order, random.nextInt(4) == 0, head, tail);
    }

    private static int end(Scale scale) {
        return scale.place().row().cosize() + scale.place().column().cosize() - 1 + scale.type().bytes();
    }

    /// Of groups along k of any size that divides the tile, or of all its k; of each row, or of all rows together.
    private Scale scale(Where where, int offset, int rows, int columns) {
        ScaleType type = ScaleType.values()[random.nextInt(ScaleType.values().length)];
        int group = where == Where.TILE ? columns / divisor(columns, 4) : columns, groups = columns / group;
        boolean eachRow = where != Where.TAIL && random.nextBoolean(), rowsFirst = random.nextBoolean();
        int row = type.bytes() * (rowsFirst ? 1 : groups), step = type.bytes() * (rowsFirst && eachRow ? rows : 1);
        return new Scale(type, where, new TileLayout(Layout.of(offset, rows, eachRow ? row : 0), Layout.of(0, group, 0, groups, step)));
    }

    private Section section(int index, int row0, int row1, int column0, int column1) {
        Codec codec = codec("codec" + index);
        int rows = row1 - row0, columns = column1 - column0;
        int alongK = divisor(columns, codec.digits()), alongRows = divisor(rows, codec.digits() / alongK);
        List<Mode> modes = new ArrayList<>();
        Axis k = new Axis(columns, alongK, modes), row = new Axis(rows, alongRows, modes);
        boolean kFirst = random.nextBoolean();
        int spare = codec.digits() - alongK * alongRows;
        TileLayout digit = new TileLayout(
                row.layout(m -> m == row.digit ? kFirst ? alongK : 1 : 0, spare == 0 ? 0 : random.nextInt(spare + 1)),
                k.layout(m -> m == k.digit ? kFirst ? 1 : alongRows : 0, 0));
        return new Section(row0, rows, column0, columns, codec, digit, fields(codec, modes, row, k));
    }

    /// A factor of the index along an axis, and where it moves the code to.
    private static final class Mode {
        final int extent;
        int stride;

        Mode(int extent) {
            this.extent = extent;
        }
    }

    /// An axis cut into modes, one of which may number the digits of a code.
    private final class Axis {
        final List<Mode> modes = new ArrayList<>();
        final @Nullable Mode digit;

        Axis(int extent, int digits, List<Mode> positions) {
            for (int rest = extent / digits; rest > 1;) {
                int factor = smallestFactorFrom(rest, 2 + random.nextInt(rest));
                modes.add(new Mode(factor));
                rest /= factor;
            }
            positions.addAll(modes);
            digit = digits == 1 ? null : new Mode(digits);
            if (digit != null) modes.add(random.nextInt(modes.size() + 1), digit);
        }

        private int smallestFactorFrom(int number, int start) {
            for (int factor = start; factor < number; factor++) if (number % factor == 0) return factor;
            return number;
        }

        Layout layout(ToIntFunction<Mode> stride, int base) {
            return new Layout(base, modes.stream().map(m -> new Layout.Mode(m.extent, stride.applyAsInt(m))).toList());
        }
    }

    private int divisor(int number, int limit) {
        int divisor = 1 + random.nextInt(limit);
        while (number % divisor != 0) divisor--;
        return divisor;
    }

    private List<TileLayout> fields(Codec codec, List<Mode> positions, Axis row, Axis k) {
        var places = new ArrayList<TileLayout>();
        int[] widths = codec.fields().stream().mapToInt(Codec.Field::bits).toArray();
        int all = Arrays.stream(widths).sum();
        if (all <= word.bits() && random.nextBoolean()) {
            int base = arrange(positions, all);
            for (int width : widths) {
                places.add(place(base, row, k));
                base += width;
            }
        } else for (int width : widths) places.add(place(arrange(positions, width), row, k));
        return places;
    }

    private TileLayout place(int base, Axis row, Axis k) {
        return new TileLayout(row.layout(m -> m.stride, base), k.layout(m -> m.stride, 0));
    }

    /// Gives each mode a stride: the first ones within a word, the others over words; some backwards.
    ///
    /// @return the base
    private int arrange(List<Mode> positions, int width) {
        var shuffled = new ArrayList<>(positions);
        for (int i = shuffled.size(); i > 1; i--) Collections.swap(shuffled, i - 1, random.nextInt(i));
        int bits = word.bits(), slot = width + random.nextInt(3);
        int stride = slot <= bits ? slot : width, base = Math.ceilDiv(free, bits) * bits, span = width;
        boolean inWord = true;
        for (Mode mode : shuffled) {
            if (inWord && (long) stride * (mode.extent - 1) + span > bits) {
                inWord = false;
                base += random.nextInt(bits - span + 1);
                stride = bits;
            }
            boolean backwards = random.nextInt(4) == 0;
            mode.stride = backwards ? -stride : stride;
            if (backwards) base += stride * (mode.extent - 1);
            span = Math.max(span, stride * (mode.extent - 1) + span);
            stride = inWord ? Math.max(stride, span) : stride * mode.extent;
        }
        free = Math.ceilDiv(highest(base, shuffled, width), bits) * bits;
        return base;
    }

    private static int highest(int base, List<Mode> modes, int width) {
        return base + width + modes.stream().mapToInt(m -> Math.max(0, m.stride) * (m.extent - 1)).sum();
    }

    private Codec codec(String name) {
        while (true) {
            Codec codec = split(anyCodec(name));
            if (codec.fields().stream().allMatch(f -> f.bits() <= word.bits())) return codec;
        }
    }

    /// Some codes have fields of their own for their lower and their upper bits.
    private Codec split(Codec codec) {
        int bits = codec.bits();
        if (codec.fields().size() > 1 || bits < 2 || random.nextInt(4) > 0) return codec;
        int low = 1 + random.nextInt(bits - 1);
        return new Codec.Split(codec, List.of(new Codec.Field("low", low), new Codec.Field("high", bits - low)));
    }

    private Codec anyCodec(String name) {
        return switch (random.nextInt(8)) {
            case 0 -> new Codec.Planes(name);
            case 1 -> new Codec.Twos(name, 2 + random.nextInt(7));
            case 2 -> map(name);
            case 3 -> table(name);
            case 4 -> {
                int digits = 1 + random.nextInt(4);
                yield new Codec.Signed(name, 3, digits, bits((power(3, digits) + 1) / 2));
            }
            case 5 -> radix(name, 2 + random.nextInt(4), random.nextInt(4) - 2);
            default -> radix(name, 3, -1);
        };
    }

    private Codec radix(String name, int base, int low) {
        int digits = 1 + random.nextInt(5), places = digits + (random.nextInt(4) == 0 ? 1 : 0);
        return new Codec.Radix(name, base, low, digits, places, bits(power(base, places)), random.nextBoolean(), random.nextInt(3) == 0);
    }

    /// Enough bits, and now and then more.
    private int bits(int codes) {
        return Math.min(16, Math.max(1, 32 - Integer.numberOfLeadingZeros(codes - 1)) + (random.nextInt(4) == 0 ? 1 : 0));
    }

    private static int power(int base, int exponent) {
        int power = 1;
        for (int i = 0; i < exponent; i++) power *= base;
        return power;
    }

    private Codec map(String name) {
        List<@Nullable Integer> values = new ArrayList<>(List.of(-1, 0, 1));
        if (random.nextBoolean()) values.add(null);
        if (random.nextInt(4) == 0) values.set(1, 2);
        if (random.nextInt(4) == 0) values.add(-1);
        for (int i = values.size(); i > 1; i--) Collections.swap(values, i - 1, random.nextInt(i));
        return new Codec.Map(name, bits(values.size()), values);
    }

    /// Some combinations of trits, by any code, some of them by two.
    private Codec table(String name) {
        int digits = 1 + random.nextInt(3), bits = bits(power(3, digits)) - random.nextInt(2);
        List<@Nullable List<Integer>> rows = new ArrayList<>();
        for (int code = 0; code < 1 << Math.max(1, bits); code++)
            rows.add(random.nextInt(8) == 0 ? null : random.ints(digits, -1, 2).boxed().toList());
        if (rows.getFirst() == null) rows.set(0, random.ints(digits, -1, 2).boxed().toList());
        return new Codec.Table(name, digits, Math.max(1, bits), rows);
    }
}
