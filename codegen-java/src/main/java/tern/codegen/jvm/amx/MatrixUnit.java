package tern.codegen.jvm.amx;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tern.ir.loop.Loop.TileProduct;

/// This processor's unit for products of tiles, if it has one and the system lets us use it. Emitted kernels call [#product].
public final class MatrixUnit {

    /// By `2 * (aTiles - 1) + bTiles - 1`; null where there is no such unit.
    private static final @Nullable MethodHandle ONE_ONE, ONE_TWO, TWO_ONE, TWO_TWO;

    private static final long CONFIGURATION;

    static {
        MethodHandle[] products = products();
        ONE_ONE = products[0];
        ONE_TWO = products[1];
        TWO_ONE = products[2];
        TWO_TWO = products[3];
        MemorySegment configuration = Arena.global().allocate(64, 64);
        configuration.copyFrom(MemorySegment.ofArray(TileCode.configuration()));
        CONFIGURATION = configuration.address();
    }

    private MatrixUnit() {}

    /// True if [#product] can be called.
    public static boolean isAvailable() {
        return TWO_TWO != null;
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
            throw new IllegalStateException("this processor has no matrix unit", e);
        }
    }

    private static @Nullable MethodHandle[] products() {
        var products = new MethodHandle[4];
        if (!isThere()) return products;
        var descriptor = FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        try {
            if (!Linux.grantsTiles()) return products;
            for (int i = 0; i < products.length; i++)
                products[i] = Linux.function(Linux.executable(TileCode.of(1 + i / 2, 1 + i % 2)), descriptor);
            return products;
        } catch (Throwable e) {
            return new MethodHandle[4]; // a system that forbids it has none
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
