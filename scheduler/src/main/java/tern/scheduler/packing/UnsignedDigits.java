package tern.scheduler.packing;

import static java.util.Locale.ROOT;

import java.util.List;
import java.util.stream.IntStream;
import tern.ir.CodeBook;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.scheduler.problem.InapplicableException;

/// Digits of codes as unsigned bytes, each [#low] less than it would be if negative ones were allowed: the code itself, or an entry of a short
/// table.
///
/// @param isCode true: the one digit is the code plus `low`
public record UnsignedDigits(CodeBook book, boolean isCode) {

    /// Entries of a table that two registers of 16 bytes hold.
    private static final int ENTRIES = 32;

    /// @throws InapplicableException if neither form holds
    public static UnsignedDigits of(CodeBook book) {
        int low = (int) book.alphabet().low();
        boolean isCode = book.codec().digits() == 1
                && IntStream.range(0, book.codes()).allMatch(code -> !book.isUsed(code) || book.digit(code, 0) - low == code);
        if (!isCode && book.codes() > ENTRIES)
            throw new InapplicableException(
                    String.format(ROOT, "codec %s has %d codes to look up, %d at most", book.codec().name(), book.codes(), ENTRIES));
        return new UnsignedDigits(book, isCode);
    }

    /// What a digit lacks.
    public int low() {
        return (int) book.alphabet().low();
    }

    /// What a digit may be for any bits of a code, used or not.
    public Interval range() {
        return isCode ? Interval.of(0, book.codes() - 1) : Interval.of(0, book.alphabet().high() - low()).union(Interval.of(-low()));
    }

    /// Tables that [#digit] reads, one for each digit; empty if none.
    public List<Buf> constants(String name) {
        if (isCode) return List.of();
        return IntStream.range(0, book.codec().digits())
                .mapToObj(j -> Buf.constant(name + "_digit" + j, Element.U8, IntStream.range(0, entries())
                        .map(entry -> book.digit(entry % book.codes(), j) - low())
                        .toArray()))
                .toList();
    }

    private int entries() {
        return Math.max(book.codes(), ENTRIES / 2);
    }

    /// Digit `j` less [#low] of each code, u8.
    ///
    /// @param code u8 with nothing above the code's bits
    public Expr digit(Expr code, int j, List<Buf> tables) {
        return isCode ? code : new Expr.Lookup(Expr.load(tables.get(j), Expr.i32(0), entries()), code);
    }
}
