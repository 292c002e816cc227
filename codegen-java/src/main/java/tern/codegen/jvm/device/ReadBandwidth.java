package tern.codegen.jvm.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import tern.ir.device.Buffer;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;
import tern.ir.loop.LoopParser;
import tern.ir.text.Source;

/// How fast the cores read memory together: by a program like any other, which reads as the products do, several streams a core, each with
/// prefetches. So it is a bound that kernels can reach, whichever code they become.
final class ReadBandwidth {

    /// Larger than any cache that is a core's own, and than most that are shared.
    private static final int BYTES = 512 << 20;

    private static final int ROUNDS = 7;

    /// A part is four streams of 64 KiB.
    private static final String PROGRAM = """
            program read_bandwidth source "read bandwidth"
              n in 1..1
              in data: i32[134217728]
              out most: i32[16384]
            {
              for part in 0..2048 on cores {
                var most0: i32x8 = 0:i32x8
                var most1: i32x8 = 0:i32x8
                var most2: i32x8 = 0:i32x8
                var most3: i32x8 = 0:i32x8
                for line in 0..1024 {
                  let at: i32 = part * 65536 + line * 16
                  prefetch data[at + 1024 +: 16]
                  prefetch data[at + 17408 +: 16]
                  prefetch data[at + 33792 +: 16]
                  prefetch data[at + 50176 +: 16]
                  most0 := max(max(most0, data[at +: 8]), data[at + 8 +: 8])
                  most1 := max(max(most1, data[at + 16384 +: 8]), data[at + 16392 +: 8])
                  most2 := max(max(most2, data[at + 32768 +: 8]), data[at + 32776 +: 8])
                  most3 := max(max(most3, data[at + 49152 +: 8]), data[at + 49160 +: 8])
                }
                most[part * 8 +: 8] = max(max(most0, most1), max(most2, most3))
              }
            }
            """;

    private ReadBandwidth() {}

    /// @return bytes per second, the best of a few rounds
    static double of(CpuDevice device) {
        try (Arena arena = Arena.ofShared()) {
            // In pages as those of the weights; written, since pages that nobody has written are all the same one.
            MemorySegment memory = device.hostMemory(BYTES, arena).fill((byte) 0);
            Buffer most = device.allocate(4L * 16384);
            Sequence reading = device.sequence(List.of(
                    new Launch(device.compile(LoopParser.parse(new Source("read bandwidth", PROGRAM))), device.share(memory), most)));
            reading.run(1, 0);
            device.settle();
            long best = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                reading.run(1, 0);
                best = Math.min(best, System.nanoTime() - start);
            }
            return BYTES * 1e9 / best;
        }
    }
}
