package tern.scheduler.vector;

import java.util.List;
import java.util.Locale;
import tern.ir.CodeBook;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.scheduler.packing.DigitDecoder;
import tern.scheduler.packing.TileCover;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.problem.Problem;
import tern.scheduler.program.Parameters;

/// A kernel with its sizes, packing and schedule, and all that follows from them: what both lowerings (prepare and multiply)
/// must agree on.
public record Geometry(Problem problem, Schedule.Vector schedule, PackingView view) {

    /// @param view of the schedule's strategy and lanes
    /// @throws InapplicableException if the sizes are too large
    public static Geometry of(Problem problem, Schedule.Vector schedule, PackingView view) {
        var geometry = new Geometry(problem, schedule, view);
        if (!geometry.total().fits(Element.I32))
            throw new InapplicableException("k = %d: sums of %s do not fit i32".formatted(problem.k(), geometry.total()));
        if (view.strategy() == Strategy.DECODE && !geometry.term().upTo(problem.k()).fits(Element.I32))
            throw new InapplicableException("k = %d: sums of what codes without a meaning may give, %s each, do not fit i32"
                    .formatted(problem.k(), geometry.term()));
        return geometry;
    }

    public KernelDef kernel() {
        return problem.kernel();
    }

    public int m() {
        return problem.m();
    }

    public int k() {
        return problem.k();
    }

    public int maxTokens() {
        return problem.tokens();
    }

    public Packing packing() {
        return view.packing();
    }

    public TileCover cover() {
        return view.cover();
    }

    public List<CodeBook> books() {
        return view.books();
    }

    public List<DigitDecoder> decoders() {
        return view.decoders();
    }

    public TileCover.Accumulators accumulators() {
        return view.accumulators();
    }

    public ActivationForm form() {
        return view.form();
    }

    public Element accumulator() {
        return view.accumulator();
    }

    Interval term() {
        return view.term();
    }

    public boolean isTabulated() {
        return view.strategy() == Strategy.TABULATE;
    }

    public boolean isByteProduct() {
        return view.strategy() == Strategy.BYTES;
    }

    /// The exact int32 result, for any weights and activations.
    Interval total() {
        Interval digit = Interval.of(0);
        for (CodeBook book : books()) digit = digit.union(book.alphabet());
        return digit.times(Parameters.ACTIVATION).upTo(k());
    }

    public int columnTiles() {
        return packing().columnTiles(k());
    }

    public int rowTiles() {
        return packing().rowTiles(m());
    }

    /// k tiles between two widenings: as the schedule says, but no more than the intervals allow.
    int kTiles() {
        long safe = Math.max(1, PackingView.fitting(term(), accumulator()) / accumulators().additions());
        return (int) Math.min(Math.min(schedule.kTiles(), columnTiles()), safe);
    }

    /// Tokens of a block of prepared activations.
    public int tokenBlock() {
        return schedule.tokens();
    }

    int tokenBlocks() {
        return Math.ceilDiv(maxTokens(), tokenBlock());
    }

    /// Prepared elements for all tokens.
    public int preparedElements() {
        return Math.addExact(firstSum(), tokenBlocks() * tokenBlock() * form().sums());
    }

    /// The prepared element that is the first token's sum, where the form has any.
    int firstSum() {
        return Math.toIntExact((long) tokenBlocks() * tokenBlock() * columnTiles() * form().slots() * form().stride());
    }

    /// Lanes of one accumulator in memory, i32.
    public int sumLanes() {
        return accumulators().rows().getFirst().length;
    }

    /// What each digit lacks in the products, to be given back by the sum of the activations.
    int digitOffset() {
        return view.digitOffset();
    }

    /// `bitlinear_n1_m6912_k2560_tri5r32_tab_l32_j4_n1_k28`.
    String name() {
        String way = switch (view.strategy()) {
            case DECODE -> "dec";
            case TABULATE -> "tab";
            case BYTES -> "bytes";
        };
        return problem.name(packing()) + String.format(Locale.ROOT, "_%s_l%d_j%d_n%d_k%d",
                way, schedule.lanes(), schedule.rowTiles(), schedule.tokens(), kTiles()) + (schedule.prefetch() == 0 ? "" : "_f" + schedule.prefetch());
    }
}
