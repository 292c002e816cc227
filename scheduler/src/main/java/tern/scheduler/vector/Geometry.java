package tern.scheduler.vector;

import static java.util.Locale.ROOT;

import java.util.List;
import java.util.Locale;
import tern.ir.CodeBook;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Formula.Groups;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.loop.Expr;
import tern.ir.loop.Var;
import tern.scheduler.packing.DigitDecoder;
import tern.scheduler.packing.TileCover;
import tern.scheduler.packing.WordCodes;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.problem.OfProblem;
import tern.scheduler.problem.Problem;
import tern.scheduler.program.Parameters;

/// A kernel with its sizes, packing and schedule, and all that follows from them: what both lowerings (prepare and multiply)
/// must agree on.
public record Geometry(Problem problem, Schedule.Vector schedule, PackingView view) implements OfProblem {

    /// @param view of the schedule's strategy and lanes
    /// @throws InapplicableException if the sizes are too large
    public static Geometry of(Problem problem, Schedule.Vector schedule, PackingView view) {
        var geometry = new Geometry(problem, schedule, view);
        geometry.requireGroups();
        if (!geometry.total().fits(Element.I32))
            throw new InapplicableException(String.format(ROOT, "k = %d: sums of %s do not fit i32", problem.k(), geometry.total()));
        if (view.strategy() == Strategy.DECODE && !geometry.term().upTo(geometry.groupSize()).fits(Element.I32))
            throw new InapplicableException(String.format(ROOT, "k = %d: sums of what codes without a meaning may give, %s each, do not fit i32",
                    problem.k(), geometry.term()));
        return geometry;
    }

    private void requireGroups() {
        int group = kernel().group(), columns = packing().columns();
        if (group > 0 && group % columns != 0 && columns % group != 0)
            throw new InapplicableException(String.format(ROOT, "groups of %d along k are no whole number of tiles of %d", group, columns));
        if (passes() > 1 && isTabulated())
            throw new InapplicableException(String.format(ROOT, "a tile of %d along k has several groups of %d, whose codes have no tables", columns, group));
        weightGroups();
    }

    /// How often a tile is multiplied: once for each group in it, by activations that are 0 in its other groups.
    public int passes() {
        return isGrouped() && kernel().group() < packing().columns() ? packing().columns() / kernel().group() : 1;
    }

    /// The first word of a tile of the weights.
    ///
    /// @param kTile one of [#columnTiles()]
    Expr tileWord(Expr rowTile, Expr kTile) {
        Expr stored = passes() == 1 ? kTile : Expr.binary(Expr.Binary.Operation.DIVIDE, kTile, Expr.i32(passes()));
        return WordCodes.tileWord(packing(), rowTiles(), packing().columnTiles(k()), rowTile, stored);
    }

    /// Whether i32 sums end where a group of k ends, and scales take part there.
    public boolean isGrouped() {
        return kernel().group() > 0;
    }

    /// What the groups of each weight parameter are multiplied with; empty where the kernel knows no groups.
    List<Groups> weightGroups() {
        if (!isGrouped()) return List.of();
        return kernel().weights().stream().map(weight -> {
            List<Groups> found = kernel().groups(weight.name());
            if (found.size() == 1) return found.getFirst();
            throw new InapplicableException(String.format(ROOT, "the groups of %s are multiplied with %d kinds of scales", weight.name(), found.size()));
        }).toList();
    }

    /// Groups along k, 1 where the kernel knows none.
    public int groups() {
        return isGrouped() ? Math.ceilDiv(k(), kernel().group()) : 1;
    }

    /// Bytes of the weights' scales where they are those of groups.
    public double scaleBytes() {
        return kernel().params().stream()
                .filter(param -> param.dims().contains("m") && param.dims().stream().anyMatch(dim -> KernelDef.groupOf(dim) > 0))
                .mapToDouble(param -> param.dims().stream().mapToDouble(dim -> KernelDef.size(dim, 1, m(), k())).reduce(param.kind().bytes(), (a, b) -> a * b))
                .sum();
    }

    /// k tiles of a group; the last group may have fewer.
    int groupTiles() {
        return isGrouped() ? Math.min(columnTiles(), Math.max(1, kernel().group() / packing().columns())) : columnTiles();
    }

    /// Whether the sums of a group go from registers to the chains of their rows: one run of the inner loop takes a whole group, and its lanes
    /// are the rows.
    public boolean chainsFromRegisters() {
        return isGrouped() && !schedule.rolled() && !packing().spread() && kTiles() == groupTiles()
                && accumulators().rows().size() * sumLanes() == packing().rows() && accumulators().areRowsInOrder(packing().rows());
    }

    /// Inputs of a group.
    int groupSize() {
        return isGrouped() ? Math.min(k(), kernel().group()) : k();
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
        return sharesDigits() ? PackingView.products(clampedDigit(), accumulator()) : view.term();
    }

    /// Whether digits are decoded once for all blocks of tokens, see [DigitPanel].
    public boolean sharesDigits() {
        return isByteProduct() && tokenBlocks() > 1;
    }

    /// An unsigned digit of a code that means something.
    Interval clampedDigit() {
        return books().stream().map(book -> Interval.of(0, book.alphabet().high() - book.alphabet().low())).reduce(Interval.of(0), Interval::union);
    }

    public boolean isTabulated() {
        return view.strategy() == Strategy.TABULATE;
    }

    public boolean isByteProduct() {
        return view.strategy().isOfBytes();
    }

    /// The exact int32 result, for any weights and activations.
    Interval total() {
        Interval digit = Interval.of(0);
        for (CodeBook book : books()) digit = digit.union(book.alphabet());
        return digit.times(Parameters.ACTIVATION).upTo(groupSize());
    }

    /// Tiles along k, one with several groups once for each of them.
    public int columnTiles() {
        return passes() > 1 ? groups() : packing().columnTiles(k());
    }

    public int rowTiles() {
        return packing().rowTiles(m());
    }

    /// k tiles between two widenings: as the schedule says, but no more than the intervals allow.
    int kTiles() {
        long safe = Math.max(1, PackingView.fitting(term(), accumulator()) / accumulators().additions());
        return (int) Math.min(Math.min(schedule.kTiles(), groupTiles()), safe);
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
        return Math.addExact(firstSum(), tokenBlocks() * tokenBlock() * groups() * form().sums());
    }

    /// The prepared element that is the sum of the first token's first group, where the form has any.
    int firstSum() {
        return Math.toIntExact((long) tokenBlocks() * tokenBlock() * columnTiles() * form().slots() * form().stride());
    }

    /// Lanes of one accumulator in a register: sums of pairs lie side by side there.
    public int accumulatorLanes() {
        return isByteProduct() ? sumLanes() * Integer.BYTES / accumulator().bytes() : sumLanes();
    }

    /// The sums of an accumulator, i32.
    ///
    /// @param start to which they are added
    /// @param ones  1 in all lanes of an accumulator
    Expr widened(Expr start, Var accumulator, Expr ones) {
        return isByteProduct() && accumulator() == Element.I16
                ? new Expr.Dot(start, Expr.ref(accumulator), ones)
                : Expr.binary(Expr.Binary.Operation.ADD, start, Expr.convert(Element.I32, Expr.ref(accumulator)));
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
            case FOURS -> "fours";
        };
        return problem.name(packing()) + String.format(Locale.ROOT, "_%s_l%d_j%d_n%d_k%d",
                way, schedule.lanes(), schedule.rowTiles(), schedule.tokens(), kTiles()) + (schedule.prefetch() == 0 ? "" : "_f" + schedule.prefetch());
    }
}
