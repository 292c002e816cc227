package tern.ir.device;

import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/// The timer. Several pieces of work are timed in rounds, each piece once a round: what disturbs a machine for a while disturbs
/// all of them alike, so that their times can be compared.
public final class Rounds {

    private final Device device;
    private final LongSupplier nanos;

    /// @param device whose work is awaited
    public Rounds(Device device) {
        this(device, System::nanoTime);
    }

    /// @param nanos the clock
    public Rounds(Device device, LongSupplier nanos) {
        this.device = device;
        this.nanos = nanos;
    }

    /// Something to be timed.
    @FunctionalInterface
    public interface Work {
        /// @param round counts up from 0: which of several equal matrices to take, say
        void run(int round);
    }

    /// @param rounds at least 1
    /// @return seconds of each piece
    public List<Samples> time(int rounds, List<? extends Work> pieces) {
        double[][] seconds = new double[pieces.size()][rounds];
        for (int round = 0; round < rounds; round++)
            for (int p = 0; p < seconds.length; p++) {
                long start = nanos.getAsLong();
                pieces.get(p).run(round);
                device.await();
                seconds[p][round] = (nanos.getAsLong() - start) * 1e-9;
            }
        return Arrays.stream(seconds).map(Samples::of).toList();
    }
}
