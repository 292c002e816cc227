package tern.codegen.jvm.amx;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import tern.codegen.machine.ExecutableMemory;
import tern.ir.loop.Loop.TileProduct;

/// This processor's unit for products of tiles, if it has one and the system lets us use it. Emitted kernels call [#product].
public final class MatrixUnit {

    private static final FunctionDescriptor PRODUCT =
            FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

    private static final boolean AVAILABLE = isThere() && isGranted();

    private static final MethodHandle ONE_ONE = handle(1, 1), ONE_TWO = handle(1, 2), TWO_ONE = handle(2, 1), TWO_TWO = handle(2, 2);

    private static final long CONFIGURATION = configuration();

    private MatrixUnit() {}

    /// True if [#product] can be called.
    public static boolean isAvailable() {
        return AVAILABLE;
    }

    /// Computes a [TileProduct].
    ///
    /// @param sums  address of the result, as the other two
    /// @param steps at least 1
    public static void product(int aTiles, int bTiles, long sums, long a, long b, long steps) {
        try {
            if (aTiles == 2) {
                if (bTiles == 2) TWO_TWO.invokeExact(sums, a, b, steps, CONFIGURATION);
                else TWO_ONE.invokeExact(sums, a, b, steps, CONFIGURATION);
            } else {
                if (bTiles == 2) ONE_TWO.invokeExact(sums, a, b, steps, CONFIGURATION);
                else ONE_ONE.invokeExact(sums, a, b, steps, CONFIGURATION);
            }
        } catch (Throwable e) {
            throw new IllegalStateException("a product of tiles failed", e);
        }
    }

    private static MethodHandle handle(int aTiles, int bTiles) {
        if (AVAILABLE)
            try {
                return Linux.function(ExecutableMemory.of(TileCode.of(aTiles, bTiles), "tile product", Arena.global()), PRODUCT);
            } catch (Throwable e) {
                throw new IllegalStateException("machine code of our own may not be run", e);
            }
        MethodHandle refusal = MethodHandles.insertArguments(
                MethodHandles.throwException(void.class, IllegalStateException.class), 0,
                new IllegalStateException("this processor has no matrix unit"));
        return MethodHandles.dropArguments(refusal, 0, PRODUCT.toMethodType().parameterArray());
    }

    private static long configuration() {
        MemorySegment configuration = Arena.global().allocate(64, 64);
        configuration.copyFrom(MemorySegment.ofArray(TileCode.configuration()));
        return configuration.address();
    }

    /// Whether the system lets us use the unit, and run code that we write.
    private static boolean isGranted() {
        try {
            ExecutableMemory.of(TileCode.of(1, 1), "probe", Arena.global());
            return Linux.grantsTiles();
        } catch (Throwable e) {
            return false;
        }
    }

    private static boolean isThere() {
        if (System.getProperty("tern.amx", "true").equals("false")) return false;
        if (!System.getProperty("os.name").equals("Linux") || !System.getProperty("os.arch").equals("amd64")) return false;
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            List<String> flags = lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(line -> Arrays.asList(line.split("\\s+")))
                    .orElse(List.of());
            return flags.contains("amx_tile") && flags.contains("amx_int8");
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }
}
