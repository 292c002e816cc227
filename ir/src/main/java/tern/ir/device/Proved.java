package tern.ir.device;

import java.util.List;
import tern.ir.loop.LoopChecker;
import tern.ir.loop.Problem;
import tern.ir.loop.Program;
import tern.ir.loop.Ranges;

/// A program that stays within its memory: what a code generator for real hardware takes. There is no other way to make one
/// than the proof, so that code which could crash the process or read what is not its own is never made.
///
/// The proof relies on what buffers and scalars declare of their values. Whoever launches checks the scalars; who fills a buffer
/// answers for what is in it.
public final class Proved {

    private final Program program;

    private Proved(Program program, List<Problem> problems) {
        if (!problems.isEmpty()) throw new CompileException(program.name(), "unproved: " + problems.getFirst());
        this.program = program;
    }

    /// A program whose sums are exact, too. This is the one that a [Device] asks for.
    ///
    /// @throws CompileException if anything is wrong or cannot be proved: the first such statement, with its line
    public static Proved of(Program program) {
        try (var _ = StartTimes.part("proofs")) {
            return new Proved(program, LoopChecker.check(program));
        }
    }

    /// A program whose sums may leave their elements, for tests of code generators: Loop IR defines what is left of them.
    ///
    /// @throws CompileException as above
    public static Proved wrapping(Program program) {
        List<Problem> problems = LoopChecker.structure(program);
        return new Proved(program, problems.isEmpty() ? Ranges.of(program).outside() : problems);
    }

    public Program program() {
        return program;
    }
}
