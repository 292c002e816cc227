package tern.scheduler.packing;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tern.ir.CodeBook;
import tern.ir.Codec;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.Memo;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Type;

/// How digits come out of a code, found from the code book alone: an affine map, two shifts, arithmetic on places, or a lookup. Each is
/// checked against every used code before it is taken.
public sealed interface DigitDecoder {

    /// What any digit may be, for any bits of a code, used or not.
    Interval range();

    /// Digit `j` of `code`, a value of one integer element at least as wide as the code, with nothing above the code's bits.
    ///
    /// @param tables the constants that [#constants] asked for
    Expr digit(Expr code, int j, List<Buf> tables);

    /// Tables that the decoder reads, one for each digit, as `element`; empty if none.
    List<Buf> constants(String name, Element element);

    /// Bits that a lane of codes needs.
    default int laneBits() {
        return 16;
    }

    /// For vectors of `lanes` codes: a table that is longer than a vector gives way to arithmetic.
    static DigitDecoder of(CodeBook book, int lanes) {
        DigitDecoder decoder = of(book);
        if (!(decoder instanceof Table) || book.codes() <= Math.max(lanes, Table.SHORTEST)) return decoder;
        Positional places = Positional.of(book);
        return places == null ? decoder : places;
    }

    /// Without arithmetic on places.
    static DigitDecoder of(CodeBook book) {
        Affine affine = Affine.find(book);
        if (affine != null) return affine;
        if (TwosComplement.fits(book)) return new TwosComplement(book.codec().bits());
        return new Table(book);
    }

    /// `code * factor + offset`, for codes of one digit.
    record Affine(int factor, int offset, Interval range) implements DigitDecoder {

        static @Nullable Affine find(CodeBook book) {
            if (book.codec().digits() != 1) return null;
            int first = -1, second = -1;
            for (int code = 0; code < book.codes() && second < 0; code++) {
                if (!book.isUsed(code)) continue;
                if (first < 0) first = code;
                else second = code;
            }
            if (second < 0) return null;
            int rise = book.digit(second, 0) - book.digit(first, 0);
            if (rise % (second - first) != 0) return null;
            int factor = rise / (second - first), offset = book.digit(first, 0) - factor * first;
            for (int code = 0; code < book.codes(); code++)
                if (book.isUsed(code) && book.digit(code, 0) != code * factor + offset) return null;
            Interval range = Interval.of(0, book.codes() - 1).times(Interval.of(factor)).plus(Interval.of(offset));
            return new Affine(factor, offset, range);
        }

        @Override
        public Expr digit(Expr code, int j, List<Buf> tables) {
            Expr scaled = factor == 1
                    ? code
                    : Expr.binary(Expr.Binary.Operation.MULTIPLY, code, new Expr.Int(code.type(), factor));
            return offset == 0
                    ? scaled
                    : Expr.binary(Expr.Binary.Operation.ADD, scaled, new Expr.Int(code.type(), offset));
        }

        @Override
        public List<Buf> constants(String name, Element element) {
            return List.of();
        }
    }

    /// The code's own bits as a signed number.
    record TwosComplement(int bits) implements DigitDecoder {

        static boolean fits(CodeBook book) {
            if (book.codec().digits() != 1) return false;
            int bits = book.codec().bits();
            for (int code = 0; code < book.codes(); code++)
                if (book.isUsed(code) && book.digit(code, 0) != code << (32 - bits) >> (32 - bits)) return false;
            return true;
        }

        @Override
        public Interval range() {
            return Interval.of(-(1L << (bits - 1)), (1L << (bits - 1)) - 1);
        }

        @Override
        public Expr digit(Expr code, int j, List<Buf> tables) {
            Expr count = Expr.i32(code.type().element().bits() - bits);
            return Expr.binary(
                    Expr.Binary.Operation.SHIFT_RIGHT,
                    Expr.binary(Expr.Binary.Operation.SHIFT_LEFT, code, count),
                    count);
        }

        @Override
        public List<Buf> constants(String name, Element element) {
            return List.of();
        }
    }

    /// Digits that are places of a number to a base: what is left of the code after a place, as a fraction, times the base.
    ///
    /// @param low      smallest digit
    /// @param laneBits of unsigned lanes in which no product wraps
    record Positional(int base, int low, int laneBits, List<Fraction> places) implements DigitDecoder {

        /// Codes are tried in an order in which what is wrong is soon seen to be: times an odd number.
        private static final int SCATTER = 0x9e3779b1;

        /// `((code * factor + offset) mod 2^bits) * base >> bits`; the fraction has `bits` bits.
        record Fraction(long factor, long offset, int bits) {}

        /// By the book, of which there is one for each codec: the search takes a while.
        private static final Memo<CodeBook, Optional<Positional>> FOUND = new Memo<>(64);

        static @Nullable Positional of(CodeBook book) {
            return FOUND.get(book, each -> Optional.ofNullable(find(each))).orElse(null);
        }

        private static @Nullable Positional find(CodeBook book) {
            for (int laneBits : new int[] {16, 32}) {
                var places = new ArrayList<Fraction>();
                for (int j = 0; j < book.codec().digits(); j++) {
                    Fraction place = find(book, j, laneBits);
                    if (place == null) break;
                    places.add(place);
                }
                if (places.size() == book.codec().digits())
                    return new Positional(base(book), (int) book.alphabet().low(), laneBits, List.copyOf(places));
            }
            return null;
        }

        private static int base(CodeBook book) {
            return (int) (book.alphabet().high() - book.alphabet().low() + 1);
        }

        /// The fraction may be that of a number, `code / base^e`, or the code may be one itself, `code * base^e / 2^bits`. A bit or two more
        /// may save the offset.
        private static @Nullable Fraction find(CodeBook book, int j, int laneBits) {
            Fraction found = null;
            long base = base(book);
            for (int bits = 1; base << bits <= 1L << laneBits && (found == null || bits <= found.bits + 2); bits++)
                for (long power = 1; power <= 1L << Codec.MAX_BITS; power *= base)
                    for (long factor : new long[] {
                        (1L << bits) / (power * base), (1L << bits) / (power * base) + 1, (power << bits) / book.codes()
                    }) {
                        Fraction place = fitting(book, j, factor, bits, laneBits);
                        if (place != null && place.offset == 0) return place;
                        if (found == null) found = place;
                    }
            return found;
        }

        /// With the offset that is right for every used code; null if there is none, or any code's product leaves the lane.
        private static @Nullable Fraction fitting(CodeBook book, int j, long factor, int bits, int laneBits) {
            long one = 1L << bits, base = base(book), low = 0, high = (1L << laneBits) - 1 - (book.codes() - 1) * factor;
            for (int i = 0; i < book.codes() && low <= high; i++) {
                int code = i * SCATTER & book.codes() - 1;
                if (!book.isUsed(code)) continue;
                long digit = book.digit(code, j) - book.alphabet().low(), fraction = code * factor & one - 1;
                long first = Math.ceilDiv(digit << bits, base), last = Math.ceilDiv(digit + 1 << bits, base) - 1;
                if (fraction > last) fraction -= one;
                low = Math.max(low, first - fraction);
                high = Math.min(high, last - fraction);
            }
            return low <= high ? new Fraction(factor, low, bits) : null;
        }

        @Override
        public Interval range() {
            return Interval.of(low, low + base - 1);
        }

        @Override
        public Expr digit(Expr code, int j, List<Buf> tables) {
            Element lane = code.type().element();
            Fraction place = places.get(j);
            Expr wide = Expr.convert(lane == Element.I16 ? Element.U16 : Element.U32, code);
            Type type = wide.type();
            Expr number = Expr.multiply(wide, new Expr.Int(type, place.factor));
            Expr fraction = Expr.mask(Expr.add(number, new Expr.Int(type, place.offset)), (1L << place.bits) - 1);
            Expr digit = Expr.shiftRight(Expr.multiply(fraction, new Expr.Int(type, base)), place.bits);
            return Expr.add(Expr.convert(lane, digit), new Expr.Int(code.type(), low));
        }

        @Override
        public List<Buf> constants(String name, Element element) {
            return List.of();
        }
    }

    /// A table of every code's digit, looked up.
    record Table(CodeBook book) implements DigitDecoder {

        /// Short tables repeat, so that the table is no shorter than the shortest vector.
        static final int SHORTEST = 16;

        private int entries() {
            return Math.max(book.codes(), SHORTEST);
        }

        /// A code of 16 bits is no index of 16 bits: those have a sign.
        @Override
        public int laneBits() {
            return book.codec().bits() < 16 ? 16 : 32;
        }

        @Override
        public Interval range() {
            return book.alphabet().union(Interval.of(0));
        }

        @Override
        public Expr digit(Expr code, int j, List<Buf> tables) {
            Buf table = tables.get(j);
            if (code.type().isScalar())
                return Expr.load(table, Expr.convert(Element.I32, code), 1);
            return new Expr.Lookup(Expr.load(table, Expr.i32(0), entries()), code);
        }

        @Override
        public List<Buf> constants(String name, Element element) {
            return IntStream.range(0, book.codec().digits())
                    .mapToObj(j -> Buf.constant(
                            name + "_digit" + j,
                            element,
                            IntStream.range(0, entries())
                                    .map(entry -> book.digit(entry % book.codes(), j))
                                    .toArray()))
                    .toList();
        }
    }
}
