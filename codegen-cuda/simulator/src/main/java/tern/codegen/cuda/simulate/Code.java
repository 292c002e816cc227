package tern.codegen.cuda.simulate;

/// A kernel, decoded.
///
/// @param sharedBytes declared, rounded up to where dynamic shared memory begins
record Code(Kernel kernel, Action[] actions, Slots slots, int sharedBytes) {

    /// The parser may put several names on one line, so the place is the statement.
    Statement statement(int pc) {
        return actions[Math.min(pc, actions.length - 1)].source;
    }
}
