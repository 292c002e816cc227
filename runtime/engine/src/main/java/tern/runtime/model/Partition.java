package tern.runtime.model;

import java.util.Arrays;

/// How many consecutive layers each of several devices gets: so that the device that reads most for a token reads as little as can be.
/// All layers weigh the same; the last device has the head as well.
final class Partition {

    private Partition() {}

    /// @param layerBytes that a token reads in one layer
    /// @param headBytes  that it reads after the last
    /// @return layers of each device, at least one
    /// @throws IllegalArgumentException if there are fewer layers than devices
    static int[] of(int layers, long layerBytes, long headBytes, int devices) {
        if (devices < 1 || layers < devices)
            throw new IllegalArgumentException("%d layers cannot be split over %d devices".formatted(layers, devices));
        int[] counts = new int[devices];
        if (devices == 1) {
            counts[0] = layers;
            return counts;
        }
        int last = 1;
        long least = Long.MAX_VALUE;
        for (int count = layers - devices + 1; count >= 1; count--) {
            long most = Math.max(count * layerBytes + headBytes, Math.ceilDiv(layers - count, devices - 1) * layerBytes);
            if (most >= least) continue;
            least = most;
            last = count;
        }
        int rest = layers - last;
        Arrays.setAll(counts, i -> i == devices - 1 ? 0 : rest / (devices - 1) + (i < rest % (devices - 1) ? 1 : 0));
        counts[devices - 1] = last;
        return counts;
    }
}
