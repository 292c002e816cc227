package tern.scheduler.vector;

import static java.util.Locale.ROOT;

import java.util.List;
import java.util.stream.Stream;
import tern.ir.CodeBook;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.Packing;
import tern.ir.Schedule.Strategy;
import tern.ir.loop.Buf;
import tern.scheduler.packing.DigitDecoder;
import tern.scheduler.packing.TileCover;
import tern.scheduler.packing.UnsignedDigits;
import tern.scheduler.packing.Views;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.program.Parameters;

/// What a way to multiply makes of a packing, whatever the sizes of the matrix: found once, by enumeration.
///
/// @param books       of the packing's sections
/// @param decoders    of the same, none for products of bytes
/// @param term        what one addition to an accumulator may be
/// @param accumulator element of the lane sums between two widenings
/// @param digitOffset what each digit lacks in the products: not 0 where digits are made unsigned
public record PackingView(
        Packing packing,
        Strategy strategy,
        TileCover cover,
        List<CodeBook> books,
        List<DigitDecoder> decoders,
        TileCover.Accumulators accumulators,
        ActivationForm form,
        Interval term,
        Element accumulator,
        int digitOffset) {

    private record Key(Packing packing, Strategy strategy, int lanes) {}

    private static final Views<Key, PackingView> VIEWS = new Views<>();

    /// @throws InapplicableException if this packing cannot be computed this way; the message says why
    public static PackingView of(Packing packing, Strategy strategy, int lanes) {
        return VIEWS.get(new Key(packing, strategy, lanes), key -> find(key.packing, key.strategy, key.lanes));
    }

    private static PackingView find(Packing packing, Strategy strategy, int lanes) {
        if (packing.tileBytes() % packing.word().bytes() != 0)
            throw new InapplicableException(String.format(ROOT, "a tile of %d bytes is no whole number of %s words", packing.tileBytes(), packing.word()));
        if (lanes * (strategy.isOfBytes() ? 1 : packing.word().bytes()) > Buf.SLACK)
            throw new InapplicableException(String.format(ROOT, "%d lanes of %s words would read more than %d bytes at once",
                    lanes, packing.word(), Buf.SLACK));
        if (strategy.isOfBytes()) return bytes(packing, strategy, lanes);
        TileCover cover = TileCover.of(packing, lanes);
        boolean tabulate = strategy == Strategy.TABULATE;
        if (tabulate) requireTables(packing, cover);
        var books = packing.sections().stream().map(s -> CodeBook.of(s.codec())).toList();
        var accumulators = cover.accumulators(tabulate);
        var decoders = books.stream().map(book -> DigitDecoder.of(book, lanes)).toList();
        Interval term = term(books, decoders, tabulate);
        int laneBits = tabulate ? 16 : decoders.stream().mapToInt(DigitDecoder::laneBits).max().orElseThrow();
        Element accumulator = laneBits > 16 ? Element.I32 : accumulatorFor(term, accumulators.additions());
        ActivationForm form =
                tabulate ? ActivationForm.tables(cover, accumulator) : ActivationForm.ordered(cover, accumulator);
        return new PackingView(packing, strategy, cover, books, decoders, accumulators, form, term, accumulator, 0);
    }

    /// Unsigned digits in bytes, multiplied by activations in pairs or fours.
    private static PackingView bytes(Packing packing, Strategy strategy, int lanes) {
        if (lanes % ActivationForm.Fours.BYTES != 0)
            throw new InapplicableException(String.format(ROOT, "%d bytes are no whole number of fours", lanes));
        TileCover cover = TileCover.ofBytes(packing, lanes);
        var books = packing.sections().stream().map(s -> CodeBook.of(s.codec())).toList();
        var digits = books.stream().map(UnsignedDigits::of).toList();
        if (digits.stream().mapToInt(UnsignedDigits::low).distinct().count() > 1)
            throw new InapplicableException("the sections' digits begin at different numbers");
        var accumulators = cover.accumulatorsOfFours();
        Interval digit = digits.stream().map(UnsignedDigits::range).reduce(Interval.of(0), Interval::union);
        Element sum = strategy == Strategy.FOURS ? Element.I32 : Element.I16;
        Interval term = products(digit, sum);
        if (fitting(term, sum) < accumulators.additions())
            throw new InapplicableException(String.format(ROOT, "a tile adds up more than %s holds: %d times %s", sum, accumulators.additions(), term));
        return new PackingView(packing, strategy, cover, books, List.of(), accumulators, ActivationForm.fours(cover), term,
                sum, digits.getFirst().low());
    }

    /// A sum of as many products of bytes as `sum` is wide.
    static Interval products(Interval digit, Element sum) {
        return digit.times(Parameters.ACTIVATION).times(Interval.of(sum.bytes()));
    }

    private static void requireTables(Packing packing, TileCover cover) {
        if (!cover.hasOneRowPerCode())
            throw new InapplicableException(
                    "cannot tabulate: a code of packing " + packing.name() + " holds weights of several rows");
        if (!cover.hasOneColumnPerDigit())
            throw new InapplicableException(
                    String.format(ROOT,
                            "cannot tabulate with %d lanes: neighbouring words of packing %s hold different columns, and each would need a table of its own",
                            cover.lanes(), packing.name()));
        for (Packing.Section section : packing.sections())
            if (section.codec().bits() > 10)
                throw new InapplicableException(String.format(ROOT, "cannot tabulate: codec %s has %d entries",
                        section.codec().name(), 1 << section.codec().bits()));
    }

    /// The digit of any code, used or not, times an activation; or an entry of a table.
    private static Interval term(List<CodeBook> books, List<DigitDecoder> decoders, boolean tabulate) {
        Stream<Interval> terms = tabulate
                ? books.stream().map(book -> book.partialSums(Parameters.ACTIVATION))
                : decoders.stream().map(decoder -> decoder.range().times(Parameters.ACTIVATION));
        return terms.reduce(Interval.of(0), Interval::union);
    }

    /// i16 where at least eight k tiles or sixteen additions fit between two widenings, else i32.
    private static Element accumulatorFor(Interval term, int additionsPerTile) {
        long fit = fitting(term, Element.I16);
        return fit >= additionsPerTile && (fit >= 16 || fit >= 8L * additionsPerTile) ? Element.I16 : Element.I32;
    }

    /// How many terms an element can sum up, whatever they are.
    static long fitting(Interval term, Element element) {
        Interval range = Interval.of(element);
        long up = term.high() <= 0 ? Long.MAX_VALUE : range.high() / term.high();
        long down = term.low() >= 0 ? Long.MAX_VALUE : range.low() / term.low();
        return Math.min(up, down);
    }
}
