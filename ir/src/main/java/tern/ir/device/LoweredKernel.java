package tern.ir.device;

import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.loop.Program;

/// A kernel definition lowered with a schedule, and all that it came from.
///
/// @param m             rows of each weight parameter
/// @param maxTokens     largest n
/// @param packing       of all weight parameters
/// @param prepare       activations i8 `[n, k]` to the form that `multiply` reads
/// @param multiply      the definition's parameters in order, prepared activations in the place of the activations; then the
///                      result
/// @param preparedBytes size of the prepared activations for the largest n
public record LoweredKernel(
        KernelDef definition,
        int m,
        int k,
        int maxTokens,
        Packing packing,
        Schedule schedule,
        Program prepare,
        Program multiply,
        long preparedBytes) {

    /// That of its multiplying program: `bitlinear_n1_m6912_k2560_tri5r32_tab_l32_j4_n1_k28`.
    public String name() {
        return multiply.name();
    }
}
