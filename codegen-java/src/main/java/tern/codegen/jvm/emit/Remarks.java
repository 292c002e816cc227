package tern.codegen.jvm.emit;

import tern.ir.loop.Loop;

/// What instructions alone do not tell. Whoever emits them says it; whoever writes them down as source listens.
public interface Remarks {

    /// Nobody listens.
    Remarks NONE = new Remarks() {};

    /// What the method is for, in whole sentences.
    default void describe(String purpose) {}

    /// A parameter lies in this local.
    default void parameter(int slot, String name) {}

    /// The next value stored to this local is the first of a new variable.
    ///
    /// @param name a wish
    default void local(int slot, String name) {}

    /// The instructions that follow carry out this statement.
    default void statement(Loop statement) {}
}
