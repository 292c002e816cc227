static uint32_t bitsOf(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}
static float floatOf(uint32_t bits) {
    float value;
    memcpy(&value, &bits, 4);
    return value;
}
/* The value of a half float. */
static float half(uint16_t bits) {
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    float size = exponent ? ldexpf((float) (fraction | 1024), exponent - 25) : ldexpf((float) fraction, -24);
    return bits >> 15 ? -size : size;
}
static float brain(uint16_t bits) {
    return floatOf((uint32_t) bits << 16);
}
static float minimum(float a, float b) {
    return a < b || (a == b && signbit(a)) ? a : b;
}
static float maximum(float a, float b) {
    return a > b || (a == b && !signbit(a)) ? a : b;
}
static int minimumInt(int a, int b) {
    return a < b ? a : b;
}
static int maximumInt(int a, int b) {
    return a > b ? a : b;
}
