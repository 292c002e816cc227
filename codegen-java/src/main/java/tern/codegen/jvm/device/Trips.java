package tern.codegen.jvm.device;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.device.CompileException;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;

/// Parts in which the loops on cores of a phase are claimed: the iterations of the longest, so that a part is an iteration of it.
@FunctionalInterface
interface Trips {

    /// Where it is known only inside of the code how many iterations there are.
    int SOME = 256;

    /// At least 1.
    int at(int n, int position);

    /// @return null if there are no loops
    static @Nullable Trips of(String kernel, List<Loop.Range> loops) {
        if (loops.isEmpty()) return null;
        Trips[] all = loops.stream().map(range -> of(kernel, range)).toArray(Trips[]::new);
        return (n, position) -> {
            int most = 1;
            for (Trips one : all) most = Math.max(most, one.at(n, position));
            return most;
        };
    }

    private static Trips of(String kernel, Loop.Range range) {
        try {
            return switch (range) {
                case Loop.Range.Steps(Expr from, Expr to, int step) -> {
                    Extent first = Extent.of(kernel, from), end = Extent.of(kernel, to);
                    yield (n, position) -> (int) Math.ceilDiv(end.at(n, position) - first.at(n, position), step);
                }
                case Loop.Range.Listed(_, Expr count) -> {
                    Extent end = Extent.of(kernel, count);
                    yield (n, position) -> (int) end.at(n, position);
                }
            };
        } catch (CompileException _) {
            return (_, _) -> SOME;
        }
    }
}
