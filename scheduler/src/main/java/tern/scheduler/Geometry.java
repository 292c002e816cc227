package tern.scheduler;

import java.util.List;
import tern.ir.CodeBook;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;

/// A kernel with its sizes, packing and schedule, and all that follows from them: what both lowerings (prepare and multiply)
/// must agree on.
///
/// @param m           rows of each weight parameter
/// @param maxTokens   largest n
/// @param books       of the packing's sections
/// @param accumulator element of the lane sums between two widenings
record Geometry(
        KernelDef kernel,
        int m,
        int k,
        int maxTokens,
        Packing packing,
        Schedule schedule,
        TileCover cover,
        List<CodeBook> books,
        TileCover.Accumulators accumulators,
        ActivationForm form,
        Element accumulator) {

    /// Activations are int8.
    static final Interval ACTIVATION = Interval.of(Element.I8);

    /// Bytes behind a buffer that a load may touch.
    static final int SLACK = 64;

    /// @throws InapplicableException if this packing cannot be computed this way; the message says why
    static Geometry of(KernelDef kernel, int m, int k, int maxTokens, Packing packing, Schedule schedule) {
        if (packing.tileBytes() % packing.word().bytes() != 0)
            throw new InapplicableException("a tile of %d bytes is no whole number of %s words"
                    .formatted(packing.tileBytes(), packing.word()));
        if (schedule.lanes() * packing.word().bytes() > SLACK)
            throw new InapplicableException("%d lanes of %s words would read more than %d bytes at once"
                    .formatted(schedule.lanes(), packing.word(), SLACK));
        TileCover cover = TileCover.of(packing, schedule.lanes());
        boolean tabulate = schedule.strategy() == Strategy.TABULATE;
        if (tabulate) requireTables(packing, cover);
        var books = packing.sections().stream().map(s -> CodeBook.of(s.codec())).toList();
        var accumulators = cover.accumulators(tabulate);
        Interval term = term(books, tabulate);
        Element accumulator = accumulatorFor(term, accumulators.additions());
        ActivationForm form =
                tabulate ? ActivationForm.tables(cover, accumulator) : ActivationForm.ordered(cover, accumulator);
        var geometry = new Geometry(
                kernel, m, k, maxTokens, packing, schedule, cover, books, accumulators, form, accumulator);
        if (!geometry.total().fits(Element.I32))
            throw new InapplicableException("k = %d: sums of %s do not fit i32".formatted(k, geometry.total()));
        return geometry;
    }

    private static void requireTables(Packing packing, TileCover cover) {
        if (!cover.hasOneRowPerCode())
            throw new InapplicableException(
                    "cannot tabulate: a code of packing " + packing.name() + " holds weights of several rows");
        if (!cover.hasOneColumnPerDigit())
            throw new InapplicableException(
                    "cannot tabulate with %d lanes: neighbouring words of packing %s hold different columns, and each would need a table of its own"
                            .formatted(cover.lanes(), packing.name()));
        for (Packing.Section section : packing.sections())
            if (section.codec().bits() > 10)
                throw new InapplicableException("cannot tabulate: codec %s has %d entries"
                        .formatted(section.codec().name(), 1 << section.codec().bits()));
    }

    /// What one addition to an accumulator may be: the digit of any code, used or not, times an activation; or an entry of a table.
    private static Interval term(List<CodeBook> books, boolean tabulate) {
        Interval term = Interval.of(0);
        for (CodeBook book : books)
            term = term.union(tabulate ? book.partialSums(ACTIVATION) : DigitDecoder.of(book).range().times(ACTIVATION));
        return term;
    }

    /// i16 where at least eight k tiles or sixteen additions fit between two widenings, else i32.
    private static Element accumulatorFor(Interval term, int additionsPerTile) {
        long fit = fitting(term, Element.I16);
        return fit >= additionsPerTile && (fit >= 16 || fit >= 8L * additionsPerTile) ? Element.I16 : Element.I32;
    }

    /// How many terms an element can sum up, whatever they are.
    private static long fitting(Interval term, Element element) {
        Interval range = Interval.of(element);
        long up = term.high() <= 0 ? Long.MAX_VALUE : range.high() / term.high();
        long down = term.low() >= 0 ? Long.MAX_VALUE : range.low() / term.low();
        return Math.min(up, down);
    }

    Interval term() {
        return term(books, isTabulated());
    }

    boolean isTabulated() {
        return schedule.strategy() == Strategy.TABULATE;
    }

    /// The exact int32 result, for any weights and activations.
    Interval total() {
        Interval digit = Interval.of(0);
        for (CodeBook book : books) digit = digit.union(book.alphabet());
        return digit.times(ACTIVATION).upTo(k);
    }

    int columnTiles() {
        return packing.columnTiles(k);
    }

    int rowTiles() {
        return packing.rowTiles(m);
    }

    /// k tiles between two widenings: as the schedule says, but no more than the intervals allow.
    int kTiles() {
        long safe = Math.max(1, fitting(term(), accumulator) / accumulators.additions());
        return (int) Math.min(Math.min(schedule.kTiles(), columnTiles()), safe);
    }

    /// Tokens of a block of prepared activations.
    int tokenBlock() {
        return schedule.tokens();
    }

    int tokenBlocks() {
        return Math.ceilDiv(maxTokens, tokenBlock());
    }

    /// Prepared elements for all tokens.
    int preparedElements() {
        return Math.toIntExact((long) tokenBlocks() * tokenBlock() * columnTiles() * form.slots() * form.stride());
    }

    /// Words of one packed weight parameter, tail included, rounded up.
    int weightWords() {
        return Math.toIntExact(Math.ceilDiv(packing.bytes(m, k), (long) packing.word().bytes()));
    }
}
