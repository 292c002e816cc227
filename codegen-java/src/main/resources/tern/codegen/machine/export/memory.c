static void clear(void *packed) {
    memset(packed, 0, (size_t) BYTES);
}
static int load(const void *packed, int64_t at) {
    return ((const uint8_t *) packed)[at];
}
static void store(void *packed, int64_t at, int value) {
    ((uint8_t *) packed)[at] = (uint8_t) value;
}
static uint32_t bitsOf(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}
// The nearest half float, ties to even.
static uint32_t halfOf(float value) {
    uint32_t bits = bitsOf(value), sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff, unit = 0x2000;
    if (size > 0x7f800000) return sign | 0x7e00;
    if (size >= 0x47800000) return sign | 0x7c00;
    if (size < 0x33000000) return sign;
    if (size < 0x38800000) {
        unit = UINT32_C(1) << (126 - (size >> 23));
        size = (size & 0x7fffff) | 0x800000;
    } else size -= 0x38000000;
    uint32_t half = size / unit, rest = size % unit;
    return sign | (half + (rest > unit / 2 || (rest == unit / 2 && half % 2)));
}
// The upper half of the nearest float that ends there, ties to even.
static uint32_t bfloatOf(float value) {
    uint32_t bits = bitsOf(value);
    return (bits & 0x7fffffff) > 0x7f800000 ? bits >> 16 | 0x40 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}
static int scaleBits(float scale) {
    return (int) {scaleBits}(scale);
}
