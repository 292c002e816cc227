private static float square(float a) {
    return a * a;
}
private static int square(int a) {
    return a * a;
}
private static float silu(float a) {
    return a / (1 + exp(-a));
}
/// e^x as the kernel computes it: by Cody and Waite's reduction and a polynomial, each operation rounded once.
private static float exp(float x) {
    float bounded = Math.min(Math.max(x, {lowest}), {highest});
    float shifted = Math.fma(bounded, {log2e}, {round});
    float n = shifted - {round};
    float r = Math.fma(n, {ln2low}, Math.fma(n, {ln2high}, bounded));
    float p = {c5};
    for (float c : new float[] {{c}}) p = Math.fma(p, r, c);
    float power = Float.intBitsToFloat((Float.floatToRawIntBits(shifted) << 23) + Float.floatToRawIntBits(1));
    return (Math.fma(p, r * r, r) + 1) * power;
}
