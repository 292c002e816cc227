package tern.codegen.cuda.device;

import java.util.Arrays;
import tern.codegen.cuda.Gpu;

/// How fast a card copies within its memory.
final class CopyBandwidth {

    /// Much more than any cache holds.
    private static final long BYTES = 1L << 30;

    private static final int COPIES = 4, ROUNDS = 5;

    private CopyBandwidth() {}

    /// Bytes read and bytes written, per second; the median of some rounds.
    static double measure(Gpu gpu, Gpu.Stream stream) {
        long bytes = Math.min(BYTES, gpu.numbers().memoryBytes() / 16 / 256 * 256);
        long from = gpu.allocate(bytes), to = gpu.allocate(bytes);
        try (Gpu.Event begin = gpu.event(); Gpu.Event end = gpu.event()) {
            gpu.fill(from, (byte) 0x5a, bytes); // not the zeros of fresh memory, which may be faster
            double[] seconds = new double[ROUNDS];
            for (int round = -1; round < ROUNDS; round++) { // the first one warms up
                stream.mark(begin);
                for (int copy = 0; copy < COPIES; copy++) stream.give(new Gpu.Copy(to, from, bytes));
                stream.mark(end);
                end.await();
                if (round >= 0) seconds[round] = end.secondsSince(begin);
            }
            Arrays.sort(seconds);
            return 2.0 * COPIES * bytes / seconds[ROUNDS / 2];
        } finally {
            gpu.free(from);
            gpu.free(to);
        }
    }
}
