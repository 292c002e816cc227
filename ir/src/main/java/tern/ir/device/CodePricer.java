package tern.ir.device;

import java.util.Optional;
import tern.ir.loop.Program;
import tern.ir.target.Target;

/// Predicts how long the code of a program takes on a processor, which need not be there; found by [java.util.ServiceLoader].
public interface CodePricer {

    /// @param cycles of one core for all of the work, if all that it reads lay in its nearest cache
    /// @param spills accesses to memory for want of registers in innermost loops
    record Price(double cycles, int spills) {}

    /// @param n tokens of a launch
    /// @return nothing where the target's code is not this one's to make
    /// @throws CompileException if there can be no such code
    Optional<Price> price(Program program, Target.Cpu target, int n);

    /// The instructions themselves, as assemblers write them.
    ///
    /// @throws CompileException if there can be no such code, or the program is not [Proved]
    Optional<String> listing(Program program, Target.Cpu target);
}
