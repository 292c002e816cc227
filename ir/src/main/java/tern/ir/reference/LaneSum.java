package tern.ir.reference;

import tern.ir.Op;

/// The float reduction of [Op]: element i goes to lane i mod [Op#LANES], by fma if it is a product.
final class LaneSum {

    private final float[] lanes = new float[Op.LANES];

    void add(int i, float value) {
        lanes[i % Op.LANES] += value;
    }

    void add(int i, float a, float b) {
        lanes[i % Op.LANES] = Math.fma(a, b, lanes[i % Op.LANES]);
    }

    /// Folds the upper half of the lanes onto the lower half until one is left.
    float total() {
        for (int half = Op.LANES / 2; half > 0; half /= 2) for (int l = 0; l < half; l++) lanes[l] += lanes[l + half];
        return lanes[0];
    }
}
