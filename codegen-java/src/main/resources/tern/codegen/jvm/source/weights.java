private static void clear(MemorySegment packed) {
    packed.asSlice(0, BYTES).fill((byte) 0);
}
private static int load(MemorySegment packed, long at) {
    return packed.get(JAVA_BYTE, at) & 255;
}
private static void store(MemorySegment packed, long at, int value) {
    packed.set(JAVA_BYTE, at, (byte) value);
}
private static int scaleBits(float scale) {
    return {scaleBits};
}
/// Numbers written as text, since an array of constants would take seven bytes of code for each.
private static int[] numbers(String... parts) {
    return Arrays.stream(String.join(" ", parts).split(" +")).mapToInt(Integer::parseInt).toArray();
}
/// The upper half of the nearest float that ends there, ties to even.
private static int bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return Float.isNaN(value) ? bits >>> 16 | 0x40 : bits + 0x7fff + (bits >>> 16 & 1) >>> 16;
}
