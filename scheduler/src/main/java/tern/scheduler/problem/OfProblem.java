package tern.scheduler.problem;

import tern.ir.KernelDef;

/// What is laid out for a problem, with the problem's sizes.
public interface OfProblem {

    Problem problem();

    /// What is computed.
    default KernelDef kernel() {
        return problem().kernel();
    }

    /// Rows of each weight parameter.
    default int m() {
        return problem().m();
    }

    /// Inputs.
    default int k() {
        return problem().k();
    }

    /// The largest n of a launch.
    default int maxTokens() {
        return problem().tokens();
    }
}
