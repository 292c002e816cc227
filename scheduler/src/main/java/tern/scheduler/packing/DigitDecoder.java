package tern.scheduler.packing;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tern.ir.CodeBook;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;

/// How digits come out of a code, found from the code book alone: an affine map, two shifts, or a lookup. Each is checked against every used
/// code before it is taken.
public sealed interface DigitDecoder {

    /// What any digit may be, for any bits of a code, used or not.
    Interval range();

    /// Digit `j` of `code`, a value of one integer element at least as wide as the code, with nothing above the code's bits.
    ///
    /// @param tables the constants that [#constants] asked for
    Expr digit(Expr code, int j, List<Buf> tables);

    /// Tables that the decoder reads, one for each digit, as `element`; empty if none.
    List<Buf> constants(String name, Element element);

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

    /// A table of every code's digit, looked up.
    record Table(CodeBook book) implements DigitDecoder {

        /// Short tables repeat, so that the table is no shorter than the shortest vector.
        private int entries() {
            return Math.max(book.codes(), 16);
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
