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
/// @param m         rows of each weight parameter
/// @param maxTokens largest n
record Geometry(KernelDef kernel, int m, int k, int maxTokens, Schedule schedule, PackingView view) {

    /// Activations are int8.
    static final Interval ACTIVATION = Interval.of(Element.I8);

    /// Bytes behind a buffer that a load may touch.
    static final int SLACK = 64;

    /// @throws InapplicableException if this packing cannot be computed this way; the message says why
    static Geometry of(KernelDef kernel, int m, int k, int maxTokens, Packing packing, Schedule schedule) {
        return of(kernel, m, k, maxTokens, schedule, PackingView.of(packing, schedule.strategy(), schedule.lanes()));
    }

    /// @param view of the schedule's strategy and lanes
    /// @throws InapplicableException if the sizes are too large
    static Geometry of(KernelDef kernel, int m, int k, int maxTokens, Schedule schedule, PackingView view) {
        var geometry = new Geometry(kernel, m, k, maxTokens, schedule, view);
        if (!geometry.total().fits(Element.I32))
            throw new InapplicableException("k = %d: sums of %s do not fit i32".formatted(k, geometry.total()));
        return geometry;
    }

    Packing packing() {
        return view.packing();
    }

    TileCover cover() {
        return view.cover();
    }

    List<CodeBook> books() {
        return view.books();
    }

    List<DigitDecoder> decoders() {
        return view.decoders();
    }

    TileCover.Accumulators accumulators() {
        return view.accumulators();
    }

    ActivationForm form() {
        return view.form();
    }

    Element accumulator() {
        return view.accumulator();
    }

    Interval term() {
        return view.term();
    }

    boolean isTabulated() {
        return view.strategy() == Strategy.TABULATE;
    }

    /// The exact int32 result, for any weights and activations.
    Interval total() {
        Interval digit = Interval.of(0);
        for (CodeBook book : books()) digit = digit.union(book.alphabet());
        return digit.times(ACTIVATION).upTo(k);
    }

    int columnTiles() {
        return packing().columnTiles(k);
    }

    int rowTiles() {
        return packing().rowTiles(m);
    }

    /// k tiles between two widenings: as the schedule says, but no more than the intervals allow.
    int kTiles() {
        long safe = Math.max(1, PackingView.fitting(term(), accumulator()) / accumulators().additions());
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
        return Math.toIntExact((long) tokenBlocks() * tokenBlock() * columnTiles() * form().slots() * form().stride());
    }
}
