package tern.autotune.verify;

import java.util.ArrayList;
import java.util.List;
import tern.ir.device.Buffer;
import tern.ir.device.Device;

/// Buffers that are used again: a device frees what it allocated only when it is closed.
final class Scratch {

    private final Device device;
    private final List<Buffer> free = new ArrayList<>(), taken = new ArrayList<>();

    Scratch(Device device) {
        this.device = device;
    }

    /// A buffer with anything in it, until [#release].
    Buffer take(long bytes) {
        Buffer best = null;
        for (Buffer buffer : free)
            if (buffer.bytes() >= bytes && (best == null || buffer.bytes() < best.bytes())) best = buffer;
        if (best == null) best = device.allocate(Long.highestOneBit(Math.max(64, bytes)) * 2);
        free.remove(best);
        taken.add(best);
        return best;
    }

    void release() {
        free.addAll(taken);
        taken.clear();
    }
}
