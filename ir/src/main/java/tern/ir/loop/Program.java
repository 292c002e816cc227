package tern.ir.loop;

import static java.util.Locale.ROOT;

import java.util.List;
import tern.ir.Interval;

/// A lowered kernel: what a [tern.ir.device.Device] compiles.
///
/// @param source  name of the text that the lines of [Loop.At] count in
/// @param scalars run-time numbers of [tern.ir.device.Kernel#launch]: [#N], [#POSITION], or none
/// @param buffers parameters first, in launch order; then constants and scratch
public record Program(String name, String source, List<Scalar> scalars, List<Buf> buffers, Loop body) {

    /// Tokens of a launch.
    public static final Var N = Var.value("n", Type.I32);

    /// Tokens before those of a launch.
    public static final Var POSITION = Var.value("position", Type.I32);

    /// A run-time number and what it may be.
    ///
    /// @param var [#N] or [#POSITION]
    public record Scalar(Var var, Interval values) {

        public boolean isPosition() {
            return var.equals(POSITION);
        }

        /// The value that a launch gives it.
        ///
        /// @param program its name
        /// @throws IllegalArgumentException if the program does not allow it
        public int of(String program, int n, int position) {
            int value = isPosition() ? position : n;
            if (!values.contains(value))
                throw new IllegalArgumentException(String.format(ROOT, "%s allows %s in %s, not %d", program, var, values, value));
            return value;
        }
    }

    public Program {
        scalars = List.copyOf(scalars);
        buffers = List.copyOf(buffers);
        boolean internal = false;
        for (Buf buffer : buffers) {
            if (buffer.isParameter() && internal)
                throw new IllegalArgumentException("parameter " + buffer + " follows scratch or constants");
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
