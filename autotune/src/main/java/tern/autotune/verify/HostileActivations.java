package tern.autotune.verify;

import java.util.SplittableRandom;

/// Tokens that are meant to break a kernel: all -128, all 127, the two in turns, random, and mostly zero.
final class HostileActivations {

    static final int PATTERNS = 5;

    private HostileActivations() {}

    /// `[n, k]`, one pattern a token.
    ///
    /// @param shift rotates the patterns over the tokens
    static byte[] of(int n, int k, int shift, long seed) {
        var random = new SplittableRandom(seed);
        byte[] x = new byte[n * k];
        for (int token = 0; token < n; token++)
            for (int i = 0; i < k; i++)
                x[token * k + i] = (byte) switch ((token + shift) % PATTERNS) {
                    case 0 -> -128;
                    case 1 -> 127;
                    case 2 -> i % 2 == 0 ? -128 : 127;
                    case 3 -> random.nextInt(-128, 128);
                    default -> random.nextInt(8) == 0 ? random.nextInt(-128, 128) : 0;
                };
        return x;
    }
}
