package tern.codegen.jvm.probe;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tern.codegen.machine.ExecutableMemory;
import tern.codegen.machine.MatrixUnit;
import tern.ir.target.Core;
import tern.ir.target.Isa;
import tern.ir.target.Target;
import tern.ir.target.Targets;

/// What this machine is, as numbers: read from the JVM and from Linux where they tell, else those of a similar machine.
public final class CpuProbe {

    private static final Path CPU = Path.of("/sys/devices/system/cpu/cpu0");
    private static final Path CPUINFO = Path.of("/proc/cpuinfo");

    /// What one core of a server draws when all do; two cores were measured at 33 GB/s.
    private static final double CORE_BYTES_PER_SECOND = 16.5e9;

    /// Multiply-adds of a matrix unit each cycle; all processors that have one so far are alike.
    private static final double MATRIX_OPS = Targets.SAPPHIRE_RAPIDS.matrixOpsPerCycle();

    private CpuProbe() {}

    /// Width of the registers that C2 uses here; differs from the hardware's under `-XX:UseAVX` and `-XX:MaxVectorSize`. HotSpot is asked, not
    /// the Vector API, which need not be here.
    public static int vectorBits() {
        boolean noAvx2 = CpuFingerprint.option("UseAVX").map(Integer::valueOf).filter(level -> level < 2).isPresent();
        int bytes = CpuFingerprint.option("MaxVectorSize").map(Integer::valueOf).orElse(16);
        return noAvx2 ? 128 : Math.clamp(8L * Integer.highestOneBit(bytes), 128, 512);
    }

    /// The largest set of instructions that both processor and JVM have; what a processor does not tell, its vectors do.
    public static Isa isa() {
        Isa best = Isa.AVX2;
        for (Isa one : Isa.values()) if (absent(one) == null && (one.vectorBits() <= 256 || one.vectorBits() <= vectorBits())) best = one;
        return best;
    }

    /// Why there can be no code with these instructions here; null if there can.
    public static @Nullable String absent(Isa isa) {
        Set<String> flags = flags();
        if (flags.isEmpty() ? isVisible(isa) : flags.containsAll(isa.flags())) return null;
        List<String> there = Arrays.stream(Isa.values()).filter(one -> flags.containsAll(one.flags())).map(Isa::toString).toList();
        return "this processor has no %s; it has %s".formatted(isa, there.isEmpty() ? "vectors of " + vectorBits() + " bits" : String.join(", ", there));
    }

    /// By the width of the JVM's vectors.
    private static boolean isVisible(Isa isa) {
        return switch (isa) {
            case NEON -> System.getProperty("os.arch").equals("aarch64");
            case AVX2, AVX512 -> !System.getProperty("os.arch").equals("aarch64") && isa.vectorBits() <= vectorBits();
            case AVX2_VNNI, AVX512_VNNI, AVX512_VBMI, AMX, NEON_DOTPROD, NEON_I8MM -> false;
        };
    }

    /// What this processor has and the system lets us use, as Linux says; empty where it does not tell.
    private static Set<String> flags() {
        return Linux.FLAGS;
    }

    /// Read once: a start asks a dozen times.
    private static final class Linux {
        static final List<String> CPUINFO = lines(CpuProbe.CPUINFO);
        static final Set<String> FLAGS = cpuinfo("flags").or(() -> cpuinfo("Features")).map(all -> Set.of(all.split("\\s+"))).orElse(Set.of());
    }

    /// @param threads    cores to use; 0 = all
    /// @param isa        instructions that kernels may use
    /// @param vectorBits of the registers that they use
    public static Target.Cpu target(int threads, Isa isa, int vectorBits) {
        if (threads < 0) throw new IllegalArgumentException("threads: " + threads);
        Target.Cpu like = similar(isa, vectorBits);
        int available = Runtime.getRuntime().availableProcessors();
        int cores = threads == 0 ? available : threads;
        Optional<Integer> l1 = cache("1"), l2 = cache("2");
        Optional<Double> hertz = hertz();
        String source = "cores and vectors: JVM; caches: %s; clock: %s; bandwidth and issue rates: those of %s (%s)".formatted(
                l1.isPresent() ? "/sys" : like.name(), hertz.isPresent() ? "Linux" : like.name(), like.name(), like.source());
        String name = like.vectorBits() == vectorBits ? like.name() : like.name() + "_v" + vectorBits;
        double products = isa == Isa.AMX ? MatrixUnit.isAvailable() ? MATRIX_OPS : 0
                : isa == Isa.NEON_I8MM && ExecutableMemory.obstacle() == null ? Target.Cpu.SMMLA_OPS * like.vectorOpsPerCycle() : 0;
        return new Target.Cpu(name, source, cores, isa, core().orElse(like.core()), vectorBits, vectorBits == 512 ? 32 : like.vectorRegisters(),
                like.vectorOpsPerCycle(), like.lookups(),
                products, false, hertz.orElse(like.hertz()), l1.orElse(like.l1()),
                l2.orElse(like.l2()), Math.min(like.memoryBytesPerSecond(), cores * CORE_BYTES_PER_SECOND));
    }

    /// What Linux says of family and model; nothing of a processor that nobody has priced.
    private static Optional<Core> core() {
        Optional<Integer> family = cpuinfo("cpu family").map(Integer::valueOf), model = cpuinfo("model\t").map(Integer::valueOf);
        // Arm's part numbers: Neoverse N1 Technical Reference Manual (100616), MIDR_EL1.
        if (cpuinfo("CPU part").equals(Optional.of("0xd0c"))) return Optional.of(Core.NEOVERSE_N1);
        if (family.isEmpty() || model.isEmpty()) return Optional.empty();
        int number = model.get();
        return Optional.ofNullable(switch (family.get()) {
            // AMD Processor Programming References of family 19h: models 10h to 1fh, 60h to 7fh and a0h to afh are Zen 4.
            case 0x19 -> number >= 0x10 && number < 0x20 || number >= 0x60 && number < 0x80 || number >= 0xa0 ? Core.ZEN4 : Core.ZEN3;
            case 0x1a -> Core.ZEN4;
            // Intel Software Developer's Manual, volume 4, table 2-1.
            case 6 -> switch (number) {
                case 0x97, 0x9a, 0xb7, 0xba, 0xbf, 0x8f, 0xcf -> Core.GOLDEN_COVE;
                case 0xbe -> Core.GRACEMONT;
                case 0x4e, 0x5e, 0x55, 0x8e, 0x9e, 0xa5, 0xa6 -> Core.SKYLAKE;
                default -> null;
            };
            default -> null;
        });
    }

    private static Target.Cpu similar(Isa isa, int vectorBits) {
        if (isa.vectorBits() == 128) return Targets.NEON128;
        if (vectorBits < 512) return isa == Isa.AVX2_VNNI ? Targets.AVX2_VNNI : Targets.AVX2;
        return isa == Isa.AMX ? Targets.SAPPHIRE_RAPIDS : Targets.AVX512;
    }

    static Optional<String> cpuinfo(String key) {
        return Linux.CPUINFO.stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst();
    }

    /// Bytes of the data cache of a level.
    static Optional<Integer> cache(String level) {
        for (int i = 0; i < 8; i++) {
            Path index = CPU.resolve("cache/index" + i);
            if (!first(index.resolve("level")).equals(Optional.of(level))) continue;
            if (first(index.resolve("type")).equals(Optional.of("Instruction"))) continue;
            return first(index.resolve("size")).map(CpuProbe::bytes);
        }
        return Optional.empty();
    }

    /// `48K`, `2M`
    private static int bytes(String text) {
        int number = Integer.parseInt(text.replaceAll("[^0-9]", ""));
        return text.toUpperCase(Locale.ROOT).endsWith("M") ? number << 20 : text.endsWith("K") ? number << 10 : number;
    }

    private static Optional<Double> hertz() {
        Optional<Double> scaling = first(CPU.resolve("cpufreq/cpuinfo_max_freq")).map(khz -> Double.parseDouble(khz) * 1e3);
        return scaling.isPresent() ? scaling : cpuinfo("cpu MHz").map(mhz -> Double.parseDouble(mhz) * 1e6);
    }

    private static Optional<String> first(Path file) {
        return lines(file).stream().findFirst().map(String::strip);
    }

    private static List<String> lines(Path file) {
        if (!Files.isReadable(file)) return List.of();
        try (Stream<String> lines = Files.lines(file)) {
            return lines.toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of(); // a machine that does not tell is described by a similar one
        }
    }
}
