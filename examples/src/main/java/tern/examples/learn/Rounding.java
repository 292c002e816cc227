package tern.examples.learn;

/// What a pass does to weights and activations before it multiplies them. The gradient goes through as if nothing had been done.
interface Rounding {

    /// The weights of one tensor as a product uses them.
    ///
    /// @param masters  `[at .. at + count - 1]`
    /// @param rounded the same places (out)
    void weights(float[] masters, int at, int count, float[] rounded);

    /// The activations of one token, in place.
    ///
    /// @param x `[at .. at + count - 1]`
    void activations(float[] x, int at, int count);

    /// W1.58A8: weights -1, 0 or 1 times the mean of their magnitudes, activations in 8 bits of their largest magnitude. Source: BitNet b1.58 2B4T
    /// report, section 2.
    Rounding BITNET = new Rounding() {
        @Override
        public void weights(float[] masters, int at, int count, float[] rounded) {
            float scale = scale(masters, at, count);
            for (int i = at; i < at + count; i++) rounded[i] = trit(masters[i], scale) * scale;
        }

        @Override
        public void activations(float[] x, int at, int count) {
            float largest = 1e-5f;
            for (int i = at; i < at + count; i++) largest = Math.max(largest, Math.abs(x[i]));
            float steps = 127 / largest, step = 1 / steps;
            for (int i = at; i < at + count; i++) x[i] = (float) Math.clamp(Math.rint(x[i] * steps), -128, 127) * step;
        }
    };

    /// Leaves everything as it is: what gradients are checked with.
    Rounding NONE = new Rounding() {
        @Override
        public void weights(float[] masters, int at, int count, float[] rounded) {
            System.arraycopy(masters, at, rounded, at, count);
        }

        @Override
        public void activations(float[] x, int at, int count) {}
    };

    /// What the ternary weights of a tensor are multiplied with: the mean of the masters' magnitudes.
    static float scale(float[] masters, int at, int count) {
        double sum = 0;
        for (int i = at; i < at + count; i++) sum += Math.abs(masters[i]);
        return Math.max((float) (sum / count), 1e-5f);
    }

    /// The ternary weight of a master: -1, 0 or 1.
    static int trit(float master, float scale) {
        return (int) Math.clamp(Math.rint(master / scale), -1, 1);
    }
}
