package tern.codegen.jvm.device;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;

/// Brings kernels to C2 before they are needed.
///
/// A vector operation takes a thousand times as long in the interpreter, and a kernel that runs whole in there holds up all that follow.
/// So small slices of all kernels run in turn, until they allocate nothing, which is when they are compiled: HotSpot gets to see
/// all of them early, and its threads compile them side by side. After a round in which none got ready, the compilers have the processor
/// for themselves for a while: what runs meanwhile would only make them compile the slow way of doing vectors as well.
final class WarmUp {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /// Time that a kernel gets before it is the next one's turn.
    private static final long TURN_NANOS = 2_000_000;

    /// A rest between two rounds at most.
    private static final long REST_NANOS = 100_000_000;

    /// Two blocks of tokens and some that fill none.
    private static final int ENOUGH_TOKENS = 11;

    /// Turns without an allocation after which a kernel counts as compiled.
    private static final int CLEAN_TURNS = 2;

    /// What the JVM itself may allocate in a turn; a kernel that is interpreted allocates a hundred times as much.
    private static final long TOLERATED_BYTES = 4096;

    private static final class PendingKernel {
        final Spmd body;
        final long[] addresses;
        final int n, position, slices;
        int clean;

        PendingKernel(Spmd body, long[] addresses, int n, int position, int slices) {
            this.body = body;
            this.addresses = addresses;
            this.n = n;
            this.position = position;
            this.slices = slices;
        }
    }

    private final ThreadMXBean beans = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final List<PendingKernel> parts = new ArrayList<>();
    private final Set<CpuKernel> steps = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<CpuKernel> batches = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Team alone = new Team(1);

    /// Adds a launch, unless its kernel is there already.
    void add(CpuKernel kernel, long[] addresses, int n, int position) {
        if (!(n > 1 ? batches : steps).add(kernel)) return;
        parts.add(new PendingKernel(kernel.body(), addresses, Math.min(n, ENOUGH_TOKENS), position, kernel.slices()));
    }

    /// Returns when all are compiled, or patience ends.
    ///
    /// @param progress told per mille
    void run(LongConsumer progress) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        List<PendingKernel> pending = new ArrayList<>(parts);
        while (!pending.isEmpty() && System.nanoTime() < end) {
            long start = System.nanoTime();
            if (!pending.removeIf(this::turn)) LockSupport.parkNanos(Math.min(System.nanoTime() - start, REST_NANOS));
            progress.accept(1000L * (parts.size() - pending.size()) / parts.size());
        }
    }

    /// @return whether the kernel is done
    private boolean turn(PendingKernel part) {
        long before = beans.getCurrentThreadAllocatedBytes(), end = System.nanoTime() + TURN_NANOS;
        do {
            // Always the first slice: other workers' scratch memory need not exist.
            alone.warmUp(part.body, part.slices, part.addresses, part.n, part.position);
        } while (System.nanoTime() < end);
        part.clean = beans.getCurrentThreadAllocatedBytes() - before < TOLERATED_BYTES ? part.clean + 1 : 0;
        return part.clean >= CLEAN_TURNS;
    }
}
