package tern.ir.text;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tern.ir.Layout;
import tern.ir.Packing.TileLayout;
import tern.ir.text.grammar.TernParser.PlaceContext;
import tern.ir.text.grammar.TernParser.SignContext;
import tern.ir.text.grammar.TernParser.TermContext;

/// From a sum such as `6 + k%32*8 - k/32*2` to the layouts that give the same number.
///
/// Along each axis the divisors and moduli of all terms cut the index into digits; they must divide each other, and the
/// axis, one after the other, so that every digit has one stride.
final class TileLayoutReader {

    /// `axis / div % mod * times`.
    private record Term(boolean row, int div, int mod, long times, TermContext at) {}

    private static final int MAX_POSITION = 1 << 24, MAX_TERMS = 64;

    private final Diagnostics problems;
    private final Sizes sizes;
    private final int rows, columns;

    TileLayoutReader(Diagnostics problems, Sizes sizes, int rows, int columns) {
        this.problems = problems;
        this.sizes = sizes;
        this.rows = rows;
        this.columns = columns;
    }

    /// @return null if it is no layout, which is then reported
    @Nullable
    TileLayout read(PlaceContext context) {
        long base = 0;
        var terms = new ArrayList<Term>();
        boolean known = true;
        List<TermContext> written = context.term();
        List<SignContext> signs = context.sign();
        if (written.size() > MAX_TERMS) {
            problems.add(context, "a sum of %d terms; at most %d", written.size(), MAX_TERMS);
            return null;
        }
        for (int i = 0; i < written.size(); i++) {
            TermContext term = written.get(i);
            // A place may begin with a sign: then there is one for each term.
            int at = signs.size() == written.size() ? i : i - 1;
            int sign = at >= 0 && signs.get(at).getText().equals("-") ? -1 : 1;
            if (term.name() == null) {
                base += (long) sign * Numbers.of(term.INT().getSymbol(), problems);
                continue;
            }
            String axis = term.name().getText();
            if (sizes.values().containsKey(axis) && term.div == null && term.mod == null && term.times == null) {
                base += (long) sign * sizes.of(term.name().getStart());
                continue;
            }
            if (!axis.equals("k") && !axis.equals("row")) {
                problems.add(term.name(), "unknown axis '%s'; there are row and k", axis);
                known = false;
                continue;
            }
            int extent = axis.equals("row") ? rows : columns;
            int div = term.div == null ? 1 : sizes.positive(term.div);
            int mod = term.mod == null ? 0 : sizes.positive(term.mod);
            int times = term.times == null ? 1 : sizes.of(term.times);
            if (div < extent) terms.add(new Term(axis.equals("row"), div, mod, (long) sign * times, term));
        }
        if (!known) return null;
        Layout row = layout(terms.stream().filter(Term::row).toList(), "row", rows);
        Layout column = layout(terms.stream().filter(t -> !t.row).toList(), "k", columns);
        if (row == null || column == null) return null;
        if (Math.abs(base) > MAX_POSITION) {
            problems.add(context, "positions up to %d; at most %d", base, MAX_POSITION);
            return null;
        }
        return new TileLayout(new Layout((int) base, row.modes()), column);
    }

    /// The place of a statement that is left out.
    TileLayout zero() {
        return new TileLayout(Layout.of(0, rows, 0), Layout.of(0, columns, 0));
    }

    private @Nullable Layout layout(List<Term> terms, String axis, int extent) {
        var cuts = new TreeSet<>(List.of(1, extent));
        for (Term term : terms) {
            cuts.add(term.div);
            if (term.mod > 0 && (long) term.div * term.mod < extent) cuts.add(term.div * term.mod);
        }
        var modes = new ArrayList<Layout.Mode>();
        int from = 1;
        for (int to : cuts.tailSet(1, false)) {
            if (to % from != 0) {
                report(terms, axis, extent, from, to);
                return null;
            }
            long stride = 0;
            for (Term term : terms)
                if (term.div <= from && (term.mod == 0 || (long) term.div * term.mod >= to))
                    stride += term.times * (from / term.div);
            if (Math.abs(stride) * (to / from) > MAX_POSITION) {
                problems.add(terms.getFirst().at, "%s reaches positions beyond %d", axis, MAX_POSITION);
                return null;
            }
            modes.add(new Layout.Mode(to / from, (int) stride));
            from = to;
        }
        return new Layout(0, modes);
    }

    private void report(List<Term> terms, String axis, int extent, int from, int to) {
        for (Term term : terms) {
            if (term.div != from && (long) term.div * term.mod != from) continue;
            if (to == extent) problems.add(term.at, "%d does not divide the %d of %s", from, extent, axis);
            else problems.add(term.at, "%d does not divide %d, at which another term cuts %s", from, to, axis);
            return;
        }
        throw new AssertionError("no term cuts at " + from);
    }
}
