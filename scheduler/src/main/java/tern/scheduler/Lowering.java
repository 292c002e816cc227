package tern.scheduler;

import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.loop.Program;

/// A kernel definition with a schedule, lowered to loops.
///
/// @param prepare       activations i8 `[n, k]` to the form that `multiply` reads
/// @param multiply      the definition's parameters in order, prepared activations in the place of the activations; then the
///                      result
/// @param preparedBytes size of the prepared activations
public record Lowering(Program prepare, Program multiply, long preparedBytes) {

    /// @param m         rows of each weight parameter
    /// @param maxTokens largest n; with 1 the kernel is a GEMV
    /// @throws InapplicableException if the packing cannot be computed this way
    public static Lowering of(KernelDef kernel, int m, int k, int maxTokens, Packing packing, Schedule schedule) {
        Geometry geometry = Geometry.of(kernel, m, k, maxTokens, packing, schedule);
        return new Lowering(
                PrepareLowering.lower(geometry),
                MultiplyLowering.lower(geometry),
                (long) geometry.preparedElements() * geometry.form().element().bytes());
    }
}
