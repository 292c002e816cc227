package tern.codegen.cuda.ptx;

/// Which `.target` a text names. The driver compiles PTX of an architecture for all later ones ("Application Compatibility" in NVIDIA's
/// compatibility guides), so a card newer than any of these runs `sm_90`. What only `sm_90a` has runs on cards of 9.0 alone.
public final class Architecture {

    /// Compute capability 8.0: the oldest with products of matrices of bytes and asynchronous copies.
    public static final int OLDEST = 80;

    private Architecture() {}

    /// The newest for which Tern writes kernels that a card of that compute capability runs: 80, 89 or 90.
    ///
    /// @param capability major * 10 + minor, at least [#OLDEST]
    public static int of(int capability) {
        if (capability < OLDEST) throw new IllegalArgumentException("compute capability " + words(capability) + " is older than 8.0");
        return capability >= 90 ? 90 : capability >= 89 ? 89 : OLDEST;
    }

    /// `8.6`.
    public static String words(int capability) {
        return capability / 10 + "." + capability % 10;
    }
}
