package tern.codegen.jvm.emit;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.loop.Expr;

/// Where a variable lives in a method.
public sealed interface Home {

    /// A JVM local.
    ///
    /// @param depth       loops around its binding: the fewer, the earlier in an address, so that C2 can hoist it
    /// @param nonNegative whether it is known to be
    /// @param definition  its value in terms of variables that do not change, or null
    record Local(int slot, int depth, boolean nonNegative, @Nullable Expr definition) implements Home {}

    /// The index of a loop that is written out.
    record Constant(long value) implements Home {}

    /// One JVM local for each register.
    ///
    /// @param shape of a register; its lane is the one that a comparison had if this is a `mask`
    record Registers(List<Integer> slots, Shape shape, boolean mask) implements Home {
        public Registers {
            slots = List.copyOf(slots);
        }
    }
}
