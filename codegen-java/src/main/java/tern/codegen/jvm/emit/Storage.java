package tern.codegen.jvm.emit;

import tern.ir.device.CompileException;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;

/// Sizes of the memory that a kernel brings along.
public final class Storage {

    private static final int ALIGNMENT = 128;

    private Storage() {}

    /// Bytes of scratch or constants, with the slack, in whole pairs of cache lines: no two workers share one.
    ///
    /// @throws CompileException if the extent is not a constant
    public static long stride(String kernel, Buf buffer) {
        if (!(buffer.extent() instanceof Expr.Int(_, long elements)))
            throw new CompileException(kernel, "the size of scratch buffer " + buffer + " is not constant");
        return aligned(elements * buffer.element().bytes());
    }

    public static long aligned(long bytes) {
        return (bytes + Buf.SLACK + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
