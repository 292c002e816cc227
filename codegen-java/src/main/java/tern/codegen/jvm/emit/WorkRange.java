package tern.codegen.jvm.emit;

import java.util.Map;
import tern.ir.loop.Var;

/// How the iterations of loops on cores are dealt out: who enters a method, by the locals that tell.
public sealed interface WorkRange {

    /// All workers of a team enter, and each claims parts of every such loop until nothing is left.
    ///
    /// @param worker number of the one who enters
    /// @param team   that hands out parts, and whose barrier separates phases
    record OfTeam(int worker, int team) implements WorkRange {}

    /// Whoever enters does the blocks `from` to `to - 1`. Blocks are the iterations of all such loops, numbered in the order of the
    /// loops.
    ///
    /// @param most what scalars of the launch are at most
    record OfBlocks(int from, int to, Map<Var, Long> most) implements WorkRange {}
}
