/// Where a segment lies, if it is native memory and large enough.
private static long address(MemorySegment segment, long bytes, String name) {
    if (segment.isNative() && segment.byteSize() >= bytes) return segment.address();
    throw new IllegalArgumentException(name + " needs " + bytes + " bytes of native memory");
}
/// Refuses a number that the kernel was not made for.
private static void check(int value, int low, int high, String name) {
    if (value < low || value > high)
        throw new IllegalArgumentException(name + " may be " + low + " to " + high + ", not " + value);
}
/// Native memory that holds numbers of so many bytes each, the lowest byte first, for as long as the class lives.
private static long constant(int bytes, String... numbers) {
    String[] words = String.join(" ", numbers).split(" +");
    MemorySegment memory = Arena.global().allocate((long) words.length * bytes + SLACK, 64);
    for (int i = 0; i < words.length; i++) {
        long number = Long.parseLong(words[i]);
        for (int b = 0; b < bytes; b++) memory.set(JAVA_BYTE, (long) i * bytes + b, (byte) (number >> 8 * b));
    }
    return memory.address();
}
