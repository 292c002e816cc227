package tern.codegen.jvm.probe;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/// What tells one machine's speed from another's, on one line:
///
///     cpu Intel(R) Xeon(R) Processor 6.207.2; isa 1f3a9c2b; vectors 512 bits; cores 2; l1 48 KiB; ... memory 24576 MiB; ...
///
/// Nothing in it changes from one start to the next. What a system does not tell is left out.
public final class CpuFingerprint {

    /// Instructions that HotSpot chooses among, by the beginnings of their names in Linux, on x86 and on ARM. Others come
    /// and go with versions of the kernel.
    private static final List<String> INSTRUCTIONS = List.of(
            "sse", "ssse", "avx", "amx", "bmi", "fma", "f16c", "gfni", "popcnt", "abm", "asimd", "sve", "i8mm", "bf16", "fphp");

    /// Options that change which instructions HotSpot emits, or how well.
    private static final List<String> OPTIONS = List.of("UseAVX", "UseSSE", "UseSVE", "MaxVectorSize", "TieredStopAtLevel");

    private CpuFingerprint() {}

    /// @param vectorBits width of the vectors in use
    public static String of(int vectorBits) {
        return Stream.of(
                part("cpu", model()),
                part("isa", instructions()),
                part("vectors", Optional.of(vectorBits + " bits")),
                part("cores", Optional.of(String.valueOf(Runtime.getRuntime().availableProcessors()))),
                part("l1", cache("1")),
                part("l2", cache("2")),
                part("l3", cache("3")),
                part("memory", memory()),
                part("os", Optional.of(System.getProperty("os.name") + " " + System.getProperty("os.arch"))),
                part("options", options()))
                .flatMap(Optional::stream)
                .collect(Collectors.joining("; "));
    }

    private static Optional<String> part(String name, Optional<String> value) {
        return value.filter(text -> !text.isBlank()).map(text -> name + " " + text.replace(";", ",").strip());
    }

    /// A name if there is one, and the numbers after it: virtual machines call very different processors by the same name.
    private static Optional<String> model() {
        return Optional.of(Stream.of("model name", "CPU implementer", "CPU part").flatMap(CpuFingerprint::told).collect(Collectors.joining(" "))
                + " " + Stream.of("cpu family", "model\t", "stepping", "CPU variant", "CPU revision").flatMap(CpuFingerprint::told)
                        .collect(Collectors.joining(".")));
    }

    private static Stream<String> told(String key) {
        return CpuProbe.cpuinfo(key).stream();
    }

    private static Optional<String> instructions() {
        Optional<String> all = CpuProbe.cpuinfo("flags").or(() -> CpuProbe.cpuinfo("Features"));
        return all.map(names -> Stream.of(names.split(" "))
                .filter(name -> INSTRUCTIONS.stream().anyMatch(name::startsWith))
                .sorted()
                .collect(Collectors.joining(" ")))
                .map(CpuFingerprint::shorten);
    }

    private static String shorten(String text) {
        var crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.US_ASCII));
        return "%08x".formatted(crc.getValue());
    }

    private static Optional<String> cache(String level) {
        return CpuProbe.cache(level).map(bytes -> bytes / 1024 + " KiB");
    }

    private static Optional<String> memory() {
        var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return system == null ? Optional.empty() : Optional.of((rounded(system.getTotalMemorySize()) >> 20) + " MiB");
    }

    /// To an eighth of its power of two: what a system keeps to itself differs a little from start to start.
    static long rounded(long bytes) {
        long step = Math.max(1, Long.highestOneBit(bytes) / 8);
        return (bytes + step / 2) / step * step;
    }

    private static Optional<String> options() {
        return Optional.of(OPTIONS.stream().flatMap(name -> option(name).map(value -> name + "=" + value).stream()).collect(Collectors.joining(" ")));
    }

    /// How HotSpot is set; empty for an option of another processor, and of another JVM.
    static Optional<String> option(String name) {
        var hotspot = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        if (hotspot == null) return Optional.empty();
        try {
            return Optional.of(hotspot.getVMOption(name).getValue());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
