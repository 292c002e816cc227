package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.RandomPackings;
import tern.autotune.verify.Verdict;
import tern.codegen.jvm.device.CpuDevice;
import tern.codegen.jvm.probe.CpuProbe;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.device.Device;
import tern.ir.device.Proved;
import tern.ir.reference.ReferenceDevice;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Printer;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.Candidates.Rejected;
import tern.scheduler.Lowering;
import tern.scheduler.problem.Problem;

/// The test of the design: a packing that nobody has written becomes kernels, without a change in Java, and each is exact.
///
/// `-Dtern.campaign=5000`, or the Maven profile `campaign`, tries so many packings; `-Dseed=7` one.
class RandomPackingKernelsTest {

    /// Why a schedule may be refused.
    private static final List<Pattern> REASONS = List.of(
            Pattern.compile("a tile of \\d+ bytes is no whole number of i\\d+ words"),
            Pattern.compile("\\d+ lanes of i\\d+ words would read more than 64 bytes at once"),
            Pattern.compile("cannot tabulate: a code of packing random holds weights of several rows"),
            Pattern.compile(
                    "cannot tabulate with \\d+ lanes: neighbouring words of packing random hold different columns, and each would need a table of its own"),
            Pattern.compile("cannot tabulate: codec codec\\d has \\d+ entries"),
            Pattern.compile("too many codes to be written out"),
            Pattern.compile("\\d+ bytes are no whole number of fours"),
            Pattern.compile("the sections' digits begin at different numbers"),
            Pattern.compile("a tile adds up more than i16 holds: \\d+ times .*"),
            Pattern.compile("a code has several fields"),
            Pattern.compile("a code lies in several bytes"),
            Pattern.compile("codec codec\\d has \\d+ codes to look up, \\d+ at most"),
            Pattern.compile("four neighbouring bytes hold weights of several rows"),
            Pattern.compile("the inner loop takes \\d+ registers; there are \\d+"),
            Pattern.compile("k = \\d+: sums of what codes without a meaning may give, .* each, do not fit i32"),
            Pattern.compile("too long for vectors of \\d+ bits: about \\d+ bytes of code in one method"));

    private static final List<String> KERNELS = List.of("bitlinear", "bitlinear", "bitlinear_add", "gate_up");
    /// Whose schedules are run, on a device with vectors of that width; in the children of [OtherWidthsTest] their own.
    private static final List<Target.Cpu> TARGETS = Stream.of(Targets.AVX512, Targets.AVX2, Targets.AVX2, Targets.NEON128)
            .filter(target -> !Boolean.getBoolean("tern.lean") || target.vectorBits() == CpuProbe.vectorBits())
            .toList();
    /// The third, for matrix units, has a test of its own.
    private static final List<Strategy> STRATEGIES = List.of(Strategy.DECODE, Strategy.TABULATE);
    private static final int SMALL = 48;
    private static final int[] PRIMES = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41};

    private static final Map<String, Device> DEVICES = new LinkedHashMap<>();
    private static final Map<String, ExactnessProof> PROOFS = new LinkedHashMap<>();
    private static final Map<Strategy, Integer> PACKINGS_OF = new EnumMap<>(Strategy.class), WRITTEN_OUT = new EnumMap<>(Strategy.class);
    private static int packings, kernels, proofs;

    static LongStream seeds() {
        Long seed = Long.getLong("seed");
        return seed != null ? LongStream.of(seed) : LongStream.range(0, Breadth.PACKINGS);
    }

    @BeforeAll
    static void open() {
        DEVICES.put("reference", new ReferenceDevice(1));
        for (int bits : TARGETS.stream().mapToInt(Target.Cpu::vectorBits).distinct().toArray())
            for (int threads : new int[] {1, 3}) DEVICES.put(cpu(bits, threads), new CpuDevice(threads, bits));
        DEVICES.forEach((name, device) -> PROOFS.put(name, new ExactnessProof(device)));
    }

    private static String cpu(int bits, int threads) {
        return "cpu of %d bits, %d threads".formatted(bits, threads);
    }

    @AfterAll
    static void closeAndCount() {
        DEVICES.values().forEach(Device::close);
        System.out.printf("%d random packings, %s; %d kernels, written out %s; %d proofs%n",
                packings, PACKINGS_OF, kernels, WRITTEN_OUT, proofs);
        if (Long.getLong("seed") != null) return;
        assertThat(packings).as("packings").isEqualTo(Breadth.PACKINGS);
        assertThat(kernels).as("kernels").isGreaterThan(4 * packings);
        for (Strategy strategy : STRATEGIES) {
            assertThat(PACKINGS_OF.get(strategy)).as("packings that %s", strategy).isGreaterThan(packings / 3);
            assertThat(WRITTEN_OUT.get(strategy)).as("kernels that %s, written out", strategy).isGreaterThan(packings / 3);
        }
        assertThat(proofs).as("proofs").isEqualTo(2 * kernels);
    }

    @ParameterizedTest(name = "-Dseed={0}")
    @MethodSource("seeds")
    void isExact(long seed) {
        var random = new SplittableRandom(seed);
        Packing packing = packing(seed, random);
        assertThat(PackingCheck.of(packing).problems()).as("%s", packing).isEmpty();
        var subject = new Subject(
                seed,
                packing,
                Tir.library().kernel(KERNELS.get(random.nextInt(KERNELS.size()))),
                size(packing.rows(), random),
                size(packing.columns(), random),
                TARGETS.get(random.nextInt(TARGETS.size())));
        Set<Strategy> strategies = subject.prove(1);
        strategies.addAll(subject.prove(2 + random.nextInt(4)));
        packings++;
        strategies.forEach(s -> PACKINGS_OF.merge(s, 1, Integer::sum));
    }

    /// Ternary ones and any, large and small: those with few codes a tile have loop bodies that are written out.
    private static Packing packing(long seed, RandomGenerator random) {
        while (true) {
            Packing packing = seed % 2 == 0 ? RandomPackings.ofTrits(random) : RandomPackings.any(random);
            if (seed % 4 < 2 || packing.codes().size() <= SMALL) return packing;
        }
    }

    private record Subject(long seed, Packing packing, KernelDef kernel, int m, int k, Target.Cpu target) {

        /// @return the strategies that apply
        Set<Strategy> prove(int n) {
            Candidates.Result candidates = Candidates.of(new Problem(kernel, m, k, n), List.of(packing), target);
            for (Rejected rejected : candidates.rejected())
                assertThat(REASONS).as("%s%n%s: %s", this, rejected.schedule(), rejected.reason())
                        .anyMatch(reason -> reason.matcher(rejected.reason()).matches());
            Set<Strategy> proven = new LinkedHashSet<>();
            for (Strategy strategy : STRATEGIES) {
                Set<Schedule.Vector> chosen = choose(strategy, candidates);
                if (chosen.isEmpty())
                    assertThat(candidates.rejected()).as("%s: why not %s", this, strategy)
                            .anyMatch(r -> r.schedule().way().equals(strategy.name().toLowerCase(Locale.ROOT)));
                else proven.add(strategy);
                for (Schedule.Vector schedule : chosen) prove(n, schedule);
            }
            assertThat(proven).as("%s can be decoded", this).contains(Strategy.DECODE);
            return proven;
        }

        /// The best that is written out, the last, and the rolled one.
        private static Set<Schedule.Vector> choose(Strategy strategy, Candidates.Result candidates) {
            var chosen = new LinkedHashSet<Schedule.Vector>();
            for (boolean rolled : new boolean[] {false, true}) {
                List<Schedule.Vector> ranked = candidates.ranked().stream()
                        .map(one -> (Schedule.Vector) one.schedule())
                        .filter(s -> s.strategy() == strategy && s.rolled() == rolled)
                        .toList();
                if (ranked.isEmpty()) continue;
                chosen.add(ranked.getFirst());
                if (!rolled) chosen.add(ranked.getLast());
            }
            return chosen;
        }

        private void prove(int n, Schedule.Vector found) {
            Schedule.Vector schedule = n > 1 ? found.withPanel(1 + (int) (seed % 4)) : found;
            kernels++;
            if (!schedule.rolled()) WRITTEN_OUT.merge(schedule.strategy(), 1, Integer::sum);
            Lowering lowering = Lowering.of(new Problem(kernel, m, k, n), packing, schedule);
            assertThatCode(() -> Proved.of(lowering.prepare())).as("%s", this).doesNotThrowAnyException();
            assertThatCode(() -> Proved.of(lowering.multiply())).as("%s", this).doesNotThrowAnyException();
            // Threads wait for each other, which takes long on a busy machine.
            for (String device : List.of("reference", cpu(target.vectorBits(), seed % 8 == 0 ? 3 : 1)))
                switch (proofOn(device).prove(new Problem(kernel, m, k, n), packing, schedule, seed)) {
                case Verdict.Exact exact -> {
                    assertThat(exact.sums()).as("sums that were compared").isPositive();
                    proofs++;
                }
                case Verdict.Wrong wrong -> throw new AssertionError(
                        "%s on %s: %s%n%s%n%s".formatted(wrong.kernel(), device, wrong.problem(), schedule, this));
                case Verdict.Refused refused -> throw new AssertionError(
                        "refused on %s: %s%n%s%n%s".formatted(device, refused.reason(), schedule, this));
                }
        }

        private static ExactnessProof proofOn(String device) {
            return Objects.requireNonNull(PROOFS.get(device));
        }

        @Override
        public String toString() {
            return "-Dseed=%d: %s, %d x %d, %s%n%s".formatted(seed, kernel.name(), m, k, target.name(), Printer.printWithCodecs(packing));
        }
    }

    private static int size(int tile, RandomGenerator random) {
        return switch (random.nextInt(6)) {
            case 0 -> 1;
            case 1 -> Math.max(1, tile - 1);
            case 2 -> tile;
            case 3 -> tile + 1;
            case 4 -> 2 * tile;
            default -> PRIMES[random.nextInt(PRIMES.length)];
        };
    }
}
