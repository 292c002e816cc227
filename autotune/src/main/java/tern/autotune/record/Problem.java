package tern.autotune.record;

import tern.ir.KernelDef;
import tern.ir.text.Printer;

/// What is to be computed. The text is the identity: another spelling is another problem, never a wrong hit.
///
/// @param kernel    printed definition
/// @param m,k       rows of each weight parameter, inputs
/// @param maxTokens 1 for a step, the largest n for a batch
public record Problem(String kernel, int m, int k, int maxTokens) {

    public static Problem of(KernelDef kernel, int m, int k, int maxTokens) {
        return new Problem(Printer.print(kernel), m, k, maxTokens);
    }
}
