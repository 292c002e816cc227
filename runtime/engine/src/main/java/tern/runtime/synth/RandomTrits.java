package tern.runtime.synth;

import tern.ir.Rows;

/// A matrix of random trits: -1, 0 and 1 with probability 1/3 each.
///
/// @param k columns
record RandomTrits(long seed, String tensor, int k) implements Rows {

    /// Trits taken from one 64-bit number. As a fraction it has 40 digits to base 3; 32 of them keep every digit's
    /// probability within 2^-13 of 1/3, whatever the digits before it.
    private static final int PER_WORD = 32;

    @Override
    public void read(int row, byte[] digits) {
        RowRandom random = RowRandom.of(seed, tensor, row);
        for (int from = 0; from < k; from += PER_WORD) {
            long fraction = random.next();
            for (int i = from; i < Math.min(from + PER_WORD, k); i++) {
                digits[i] = (byte) (Math.unsignedMultiplyHigh(fraction, 3) - 1); // the digit above the point
                fraction *= 3; // and what is left below it
            }
        }
    }
}
