package tern.ir.loop;

import java.util.List;
import tern.ir.Interval;

/// A lowered kernel: what a [tern.ir.device.Device] compiles.
///
/// @param source  name of the text that the lines of [Loop.At] count in
/// @param scalars run-time numbers, i32, by the names of [tern.ir.device.Kernel#launch]: `n`, `position`
/// @param buffers parameters first, in launch order; then constants and scratch
public record Program(String name, String source, List<Scalar> scalars, List<Buf> buffers, Loop body) {

    /// A run-time number and what it may be.
    public record Scalar(Var var, Interval values) {}

    public Program {
        scalars = List.copyOf(scalars);
        buffers = List.copyOf(buffers);
        boolean internal = false;
        for (Buf buffer : buffers) {
            if (buffer.isParameter() && internal)
                throw new IllegalArgumentException("parameter " + buffer + " stands behind scratch or constants");
            internal |= !buffer.isParameter();
        }
    }

    /// The buffers that a launch passes, in order.
    public List<Buf> parameters() {
        return buffers.stream().filter(Buf::isParameter).toList();
    }

    /// The text that [LoopParser] reads back to an equal program.
    @Override
    public String toString() {
        return LoopPrinter.print(this);
    }
}
