package tern.codegen.jvm.device;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.device.CompileException;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;

/// Parts in which the loops on cores of a phase are claimed: the iterations of the longest, so that a part is an iteration of it.
///
/// @param loops  iterations of each
/// @param varies whether any depends on a launch's numbers
record Trips(List<Extent> loops, boolean varies) {

    /// Where it is known only inside of the code how many iterations there are.
    private static final int SOME = 256;

    /// At least 1.
    int at(int n, int position) {
        long most = 1;
        for (Extent one : loops) most = Math.max(most, one.at(n, position));
        return (int) most;
    }

    /// @return null if there are no loops
    static @Nullable Trips of(String kernel, List<Loop.Range> ranges) {
        if (ranges.isEmpty()) return null;
        return new Trips(ranges.stream().map(range -> of(kernel, range)).toList(), ranges.stream().anyMatch(Trips::varies));
    }

    private static boolean varies(Loop.Range range) {
        return !(range instanceof Loop.Range.Steps(Expr.Int _, Expr.Int _, int _));
    }

    private static Extent of(String kernel, Loop.Range range) {
        try {
            return switch (range) {
                case Loop.Range.Steps(Expr from, Expr to, int step) -> {
                    Extent first = Extent.of(kernel, from), end = Extent.of(kernel, to);
                    yield (n, position) -> Math.ceilDiv(end.at(n, position) - first.at(n, position), step);
                }
                case Loop.Range.Listed(_, Expr count) -> Extent.of(kernel, count);
            };
        } catch (CompileException _) {
            return (_, _) -> SOME;
        }
    }
}
