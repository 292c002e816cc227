package tern.autotune.record;

import tern.ir.KernelDef;
import tern.ir.text.Printer;

/// What is to be computed. The text is the identity: another spelling is another problem, never a wrong hit.
///
/// @param kernel    printed definition
/// @param m,k       rows of each weight parameter, inputs
/// @param maxTokens 1 for a step, the largest n for a batch
public record ProblemKey(String kernel, int m, int k, int maxTokens) {

    public static ProblemKey of(KernelDef kernel, int m, int k, int maxTokens) {
        return new ProblemKey(Printer.print(kernel), m, k, maxTokens);
    }
}
