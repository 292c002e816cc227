package tern.scheduler.problem;

import static java.util.Locale.ROOT;

import java.util.Locale;
import tern.ir.KernelDef;
import tern.ir.Packing;

/// What is to be computed.
///
/// @param m      rows of each weight parameter
/// @param k      inputs
/// @param tokens the largest n of a launch; with 1 the kernel is a GEMV
public record Problem(KernelDef kernel, int m, int k, int tokens) {

    public Problem {
        if (m < 1 || k < 1 || tokens < 1) throw new IllegalArgumentException(String.format(ROOT, "%d x %d, %d tokens", m, k, tokens));
    }

    /// The same for launches of other sizes.
    public Problem withTokens(int count) {
        return new Problem(kernel, m, k, count);
    }

    /// Bytes of all weight parameters.
    public long weightBytes(Packing packing) {
        return packing.bytes(m, k) * kernel.weights().size();
    }

    /// What the names of its programs begin with: `bitlinear_n1_m6912_k2560_tri5r32`.
    public String name(Packing packing) {
        return String.format(Locale.ROOT, "%s_%s_m%d_k%d_%s", kernel.name(), tokens == 1 ? "n1" : "nx", m, k, packing.name());
    }
}
