package tern.codegen.cuda.driver;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.util.Locale.ROOT;
import static tern.codegen.cuda.driver.Check.check;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.GpuException;

/// The driver of this machine and its cards.
public final class CudaDriver {

    private CudaDriver() {}

    /// All cards, in the driver's order; none where there is no driver or no card.
    ///
    /// @throws GpuException if there is a driver that fails
    public static List<Gpu> cards() {
        List<Gpu> cards = new ArrayList<>();
        for (int i = 0, count = count(); i < count; i++) cards.add(new Card(i));
        return List.copyOf(cards);
    }

    /// One card.
    ///
    /// @param index from 0
    /// @throws GpuException if there is none; the log says why
    public static Gpu card(int index) {
        absence().ifPresent(reason -> {
            throw new GpuException("cuInit", "CUDA_ERROR_NO_DEVICE", reason);
        });
        int count = found();
        if (index < 0 || index >= count)
            throw new GpuException("cuDeviceGet", "CUDA_ERROR_INVALID_DEVICE",
                    String.format(ROOT, "there is no card %d, there are %d", index, count));
        return new Card(index);
    }

    /// Why there are no cards, empty if there are: `no CUDA driver found`, or what the driver says.
    public static Optional<String> absence() {
        if (!Library.isPresent()) return Optional.of(Library.ABSENT);
        int result = DeviceCalls.cuInit(0);
        if (result != 0) return Optional.of("the CUDA driver finds no card: " + Check.name(result));
        return found() == 0 ? Optional.of("the CUDA driver finds no card") : Optional.empty();
    }

    /// How many cards there are; 0 without a driver.
    public static int count() {
        return absence().isPresent() ? 0 : found();
    }

    private static int found() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(JAVA_INT);
            check("cuDeviceGetCount", DeviceCalls.cuDeviceGetCount(count));
            return count.get(JAVA_INT, 0);
        }
    }

    /// 13000 is CUDA 13.0.
    static int version() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment version = arena.allocate(JAVA_INT);
            check("cuDriverGetVersion", DeviceCalls.cuDriverGetVersion(version));
            return version.get(JAVA_INT, 0);
        }
    }
}
