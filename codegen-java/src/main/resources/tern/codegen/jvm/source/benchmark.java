@Setup
public void fill() {
    Arena arena = Arena.ofAuto();
    MemorySegment packed = arena.allocate(WEIGHT_BYTES, 64);
    byte[] weights = new byte[M * K];
    Weights.random(1, weights);
    Weights.pack(weights, {scale}packed);
    prepared = arena.allocate(PREPARED_BYTES, 64);
    activations = arena.allocate((long) MAX_TOKENS * K + SLACK, 64);
    scratch = arena.allocate({scratchBytes}, 64);
    preparing();
    copies = new MemorySegment[(int) Math.max(2, COLD_BYTES / (MATRICES * Weights.BYTES) + 1)][];
    for (int i = 0; i < copies.length; i++)
        copies[i] = new MemorySegment[] {{segments}};
}
@Benchmark
public void multiplying() {
    MemorySegment[] copy = copies[next];
    next = (next + 1) % copies.length;
    multiply({copy}, {scratch}MAX_TOKENS, 0, MULTIPLY_BLOCKS);
}
@Benchmark
public void preparing() {
    prepare(activations, prepared, MAX_TOKENS);
}
/// Runs the benchmark, and prints what the times mean.
///
/// @param arguments of JMH
public static void main(String... arguments) throws Exception {
    var options = new OptionsBuilder().parent(new CommandLineOptions(arguments)).include({class}.class.getName()).build();
    for (RunResult one : new Runner(options).run()) {
        double nanos = one.getPrimaryResult().getScore();
        String label = one.getPrimaryResult().getLabel();
        System.out.printf("%s: %,.0f ns", label, nanos);
        if (label.equals("multiplying")) System.out.printf(", %.2f GB/s of weights", MATRICES * Weights.BYTES / nanos);
        System.out.println();
    }
}
