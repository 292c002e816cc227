/// An example of use, which checks the kernel. Ends with status 1 if a result is wrong.
public static void main(String[] arguments) {
    int n = Math.min(MAX_TOKENS, 3);
    Random random = new Random(1);
    {data}
    try (Arena arena = Arena.ofShared()) {
        {memory}
        MemorySegment prepared = arena.allocate(PREPARED_BYTES, 64);
        MemorySegment {y}Memory = arena.allocate(4L * {elements}, 64);

        prepare({x}Memory, prepared, n);
        multiply({segments}, n);
        {type}[] {y} = {y}Memory.toArray({layout});
        {type}[] expected = expected(n, {arrays});
        boolean wrong = !Arrays.equals({y}, expected);
        System.out.printf("%,d results of plain loops: %s%n", {y}.length, wrong ? "NOT EQUAL" : "equal, bit for bit");

        // Any threads may share the blocks{scratch}.
        int parts = Math.min(4, MULTIPLY_BLOCKS);
        {y}Memory.fill((byte) 0);
        IntStream.range(0, parts).parallel().forEach(part -> {
            int from = MULTIPLY_BLOCKS * part / parts, to = MULTIPLY_BLOCKS * (part + 1) / parts;
            multiply({segments}, {own}n, from, to);
        });
        boolean again = Arrays.equals({y}, {y}Memory.toArray({layout}));
        System.out.printf("in %d parts: %s%n", parts, again ? "equal" : "NOT EQUAL");

        byte[] back = new byte[M * K];
        Weights.unpack({w}Memory, back);
        boolean read = Arrays.equals({w}, back);
        System.out.println("weights read back: " + (read ? "equal" : "NOT EQUAL"));
        if (wrong || !again || !read) System.exit(1);
    }
}
/// What the kernel means, in plain loops.
private static {type}[] expected(int n, {parameters}) {
    {type}[] result = new {type}[n * M];
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < M; j++) {
            {sums}
            result[i * M + j] = {value};
        }
    }
    return result;
}
/// A copy in native memory, with bytes behind it that a kernel may touch.
private static MemorySegment input(Arena arena, MemorySegment data) {
    return arena.allocate(data.byteSize() + SLACK, 64).copyFrom(data);
}
