package tern.ir.device;

import tern.ir.Op;
import tern.ir.target.Target;

/// Makes the program of a part of the transformer: what a back end that has no code of its own for it compiles. Found by
/// [java.util.ServiceLoader]; there is one.
public interface OpLowering {

    /// @throws CompileException if there is no program for it
    LoweredOp lower(Op op, Target.Cpu target);
}
