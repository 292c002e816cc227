package tern.runtime.sample;

/// A generator of our own, so that a seed means the same tokens on every Java.
///
/// Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014, with the mixing
/// constants of D. Stafford's variant 13.
final class SplitMix64 {

    private long state;

    SplitMix64(long seed) {
        state = seed;
    }

    long nextLong() {
        long z = state += 0x9e3779b97f4a7c15L; // 2^64 over the golden ratio
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /// Uniform in `[0, 1)`, a multiple of 2^-53.
    double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }
}
