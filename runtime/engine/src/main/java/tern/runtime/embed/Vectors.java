package tern.runtime.embed;

import java.util.Arrays;

/// What is done with vectors.
public final class Vectors {

    private Vectors() {}

    /// Divided by its length; a vector of zeros stays.
    public static float[] normalised(float[] vector) {
        double squares = 0;
        for (float value : vector) squares += (double) value * value;
        float[] unit = new float[vector.length];
        double length = Math.sqrt(squares);
        for (int i = 0; i < unit.length; i++) unit[i] = length == 0 ? 0 : (float) (vector[i] / length);
        return unit;
    }

    /// The first numbers, as a vector of length 1.
    ///
    /// @throws IllegalArgumentException if there are not so many
    public static float[] first(float[] vector, int dimensions) {
        if (dimensions < 1 || dimensions > vector.length)
            throw new IllegalArgumentException("%d dimensions, expected 1 to %d".formatted(dimensions, vector.length));
        return dimensions == vector.length ? vector : normalised(Arrays.copyOf(vector, dimensions));
    }

    /// Of two vectors of length 1, the cosine of the angle between them.
    public static double similarity(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += (double) a[i] * b[i];
        return sum;
    }

    /// Whole numbers in place of a vector's: by the largest magnitude, -127 to 127 in 8 bits, -7 to 7 in 4; in 1 bit the sign, 1 or -1.
    ///
    /// @param bits 8, 4 or 1
    /// @throws IllegalArgumentException if it is another number
    public static byte[] quantised(float[] vector, int bits) {
        int most = switch (bits) {
            case 8 -> 127;
            case 4 -> 7;
            case 1 -> 1;
            default -> throw new IllegalArgumentException("%d bits, expected 8, 4 or 1".formatted(bits));
        };
        float largest = 0;
        for (float value : vector) largest = Math.max(largest, Math.abs(value));
        byte[] all = new byte[vector.length];
        for (int i = 0; i < all.length; i++)
            all[i] = (byte) (bits == 1 ? vector[i] < 0 ? -1 : 1 : largest == 0 ? 0 : Math.rint(vector[i] * (double) most / largest));
        return all;
    }
}
