package tern.codegen.jvm.device;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import tern.ir.device.Buffer;
import tern.ir.device.Kernel;

/// Tells whether C2 compiled a kernel to vector instructions. Where it did not, each vector is an object: so a kernel whose
/// launches allocate nothing is compiled, and all of its vectors live in registers.
public final class VectorCheck {

    /// Less than one vector object, more than what the JVM itself may do now and then.
    private static final long TOLERATED_BYTES_PER_LAUNCH = 16;

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long BATCH_NANOS = 20_000_000;

    private VectorCheck() {}

    /// @param bytesPerLaunch allocated by all threads of the team in the last batch of launches
    /// @param launches       until then
    public record Verdict(boolean vectorised, long bytesPerLaunch, int launches) {}

    /// Launches the kernel until it allocates nothing, or for half a minute.
    ///
    /// @throws IllegalArgumentException if the kernel is not one of a [CpuDevice], or the arguments do not fit
    public static Verdict of(Kernel kernel, List<? extends Buffer> arguments, int n, int position) {
        return of(kernel, arguments, n, position, PATIENCE);
    }

    public static Verdict of(Kernel kernel, List<? extends Buffer> arguments, int n, int position, Duration patience) {
        if (!(kernel instanceof CpuKernel ours)) throw new IllegalArgumentException(kernel.name() + " is no CPU kernel");
        long[] threads = ours.team().threadIds();
        ThreadMXBean beans = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long end = System.nanoTime() + patience.toNanos(), perLaunch = Long.MAX_VALUE;
        long itself = allocated(beans, threads);
        itself = allocated(beans, threads) - itself;
        int launches = 0;
        do {
            int batch = 0;
            long before = allocated(beans, threads), batchEnd = System.nanoTime() + BATCH_NANOS;
            do {
                kernel.launch(arguments, n, position);
                batch++;
            } while (System.nanoTime() < batchEnd);
            launches += batch;
            perLaunch = Math.max(0, allocated(beans, threads) - before - itself) / batch;
            if (perLaunch < TOLERATED_BYTES_PER_LAUNCH) return new Verdict(true, perLaunch, launches);
        } while (System.nanoTime() < end);
        return new Verdict(false, perLaunch, launches);
    }

    private static long allocated(ThreadMXBean beans, long[] threads) {
        long sum = 0;
        for (long bytes : beans.getThreadAllocatedBytes(threads)) sum += bytes;
        return sum;
    }
}
