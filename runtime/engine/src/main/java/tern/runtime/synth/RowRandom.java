package tern.runtime.synth;

/// The random numbers of one row of one tensor.
///
/// SplitMix64: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014, with the mixing
/// constants of D. Stafford's variant 13.
final class RowRandom {

    private static final long GOLDEN = 0x9e3779b97f4a7c15L; // 2^64 over the golden ratio

    private long state;

    private RowRandom(long state) {
        this.state = state;
    }

    /// @param row of the tensor; -1 for what belongs to all rows
    static RowRandom of(long seed, String tensor, long row) {
        long hash = 0xcbf29ce484222325L; // FNV-1a of the name
        for (int i = 0; i < tensor.length(); i++) hash = (hash ^ tensor.charAt(i)) * 0x100000001b3L;
        return new RowRandom(mix(mix(seed + GOLDEN) ^ hash) + mix(row * GOLDEN));
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    long next() {
        return mix(state += GOLDEN);
    }

    /// Uniform in `[0, 1)`.
    double uniform() {
        return (next() >>> 11) * 0x1p-53;
    }
}
