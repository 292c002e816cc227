package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.opentest4j.TestAbortedException;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.RandomPackings;
import tern.autotune.verify.Verdict;
import tern.codegen.jvm.device.CpuDevice;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Kind;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.device.CodePricer;
import tern.ir.device.Device;
import tern.ir.device.Proved;
import tern.ir.reference.ReferenceDevice;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Printer;
import tern.ir.text.Source;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.Lowering;
import tern.scheduler.problem.Problem;

/// Scales of groups, on the interpreter and on both kinds of code: the chain of each row, bit for bit.
class GroupScaleKernelsTest {

    private static final Kind[] KINDS = {Kind.F16, Kind.BF16, Kind.F32};
    private static final List<String> KERNELS = List.of("bitlinear", "bitlinear_add", "gate_up", "swiglu");

    private static final Map<String, Device> DEVICES = new LinkedHashMap<>();
    private static final Map<Strategy, Integer> PROVEN = new EnumMap<>(Strategy.class);

    @BeforeAll
    static void open() {
        DEVICES.put("reference", new ReferenceDevice(1));
        DEVICES.put("bytecode", new CpuDevice(1, Targets.AVX2.vectorBits()));
        try {
            DEVICES.put("machine code", Devices.machineCode(3));
        } catch (TestAbortedException e) {
            System.out.println("without machine code: " + e.getMessage());
        }
    }

    @AfterAll
    static void closeAndCount() {
        DEVICES.values().forEach(Device::close);
        if (Long.getLong("seed") == null) assertThat(PROVEN.keySet()).containsExactlyInAnyOrder(Strategy.DECODE, Strategy.TABULATE, Strategy.BYTES);
    }

    /// Every packing's programs are proved; of so many, one runs.
    private static final int SHARE = 5;

    static LongStream seeds() {
        return Long.getLong("seed") != null ? LongStream.of(Long.getLong("seed")) : LongStream.range(0, Breadth.PACKINGS);
    }

    /// Groups of any whole number of tiles, the last one cut short, or parts of a tile.
    @ParameterizedTest(name = "-Dseed={0}")
    @MethodSource("seeds")
    void randomPackingsAreExact(long seed) {
        var random = new SplittableRandom(seed);
        Packing packing = seed % 2 == 0 ? RandomPackings.ofTrits(random) : RandomPackings.any(random);
        int parts = 1 + random.nextInt(4), tiles = 1 + random.nextInt(4);
        boolean within = seed % 3 == 0 && packing.columns() % parts == 0;
        int group = within ? packing.columns() / parts : packing.columns() * tiles;
        int activations = random.nextBoolean() ? 0 : random.nextBoolean() ? group : packing.columns();
        KernelDef kernel = Tir.library().kernel(KERNELS.get(random.nextInt(KERNELS.size())))
                .byGroups(KINDS[random.nextInt(KINDS.length)], group, activations);
        int m = 1 + random.nextInt(2 * packing.rows()), k = 1 + random.nextInt(3 * group);
        boolean runs = Long.getLong("seed") != null || seed % SHARE == 0;
        prove(kernel, packing, m, k, 1, seed, runs);
        prove(kernel, packing, m, k, 2 + random.nextInt(4), seed, runs);
    }

    @ParameterizedTest
    @CsvSource({
        "quads8, 96, F16, 0", "quads32, 64, BF16, 32", "quads_more8, 64, F16, 0", "tl1, 64, F16, 128", "i2_s, 128, F32, 256", "pq2_0, 128, F16, 0",
        "quads16, 256, F16, 256", "i2_s, 32, F16, 0", "tq2_0, 64, BF16, 32", "tq1_0, 32, F16, 0", "ptq1_0, 64, F32, 64",
        "q2_0, 64, F16, 0", "q1_0, 128, F16, 0", "iq2_bn, 64, F32, 32"
    })
    void thePackingsOfTheLibraryAreExact(String name, int group, Kind kind, int activations) {
        Packing packing = Tir.library().packing(name);
        KernelDef kernel = Tir.library().kernel("swiglu").byGroups(kind, group, activations);
        prove(kernel, packing, packing.rows() + 3, 2 * group + packing.columns() - 1, 1, 7, true);
        prove(kernel, packing, packing.rows() + 3, 2 * group + packing.columns() - 1, 5, 7, true);
    }

    @Test
    void whatIsTheSameForAllSumsOfAGroupIsReadOnce() {
        KernelDef kernel = Tir.library().kernel("bitlinear").byGroups(Kind.F16, 64);
        Packing packing = Tir.library().packing("quads8");
        var schedule = new Schedule.Vector("bitlinear_g64f16", "quads8", Strategy.BYTES, 32, 2, 4, 16, 8, false, 0);
        String code = ServiceLoader.load(CodePricer.class).findFirst().orElseThrow()
                .listing(Lowering.of(new Problem(kernel, 2048, 2048, 128), packing, schedule).multiply(), Targets.ZEN3).orElseThrow();
        assertThat(code.lines().filter(line -> line.contains("vpmaddwd "))).hasSizeGreaterThan(7)
                .noneMatch(line -> line.contains("[rip"));
    }

    @Test
    void groupsThatAreNoWholeTilesAreRefusedByName() {
        var problem = new Problem(Tir.library().kernel("bitlinear").byGroups(Kind.F16, 64), 64, 256, 1);
        Candidates.Result found = Candidates.of(problem, List.of(Tir.library().packing("tri5r32")), (Target) Targets.AVX2);
        assertThat(found.ranked()).isEmpty();
        assertThat(found.rejected()).extracting(Candidates.Rejected::reason).contains("groups of 64 along k are no whole number of tiles of 9");
        found = Candidates.of(problem, List.of(Tir.library().packing("i2_s")), (Target) Targets.H200);
        assertThat(found.ranked()).isEmpty();
        assertThat(found.rejected()).extracting(Candidates.Rejected::reason).contains("scales of groups have no lowering for GPUs");
    }

    @Test
    void whatIsPrintedIsParsed() {
        for (String name : KERNELS)
            for (int activations : new int[] {0, 32}) {
                String text = Printer.print(Tir.library().kernel(name).byGroups(Kind.BF16, 96, activations));
                assertThat(Tir.parse(new Source("printed", text), null).print()).isEqualTo(text);
            }
        assertThat(Printer.print(Tir.library().kernel("bitlinear").byGroups(Kind.F16, 64))).isEqualTo("""
                kernel bitlinear_g64f16(x: i8[n, k], w: weight[m, k], sx: f32[n], sw: f16[k/64, m]) -> y: f32[n, m] {
                    y[i, j] = sum(g: sum(k: x[i, k] * w[j, k]) * sw[g, j] * sx[i])
                }
                """);
    }

    /// The best schedule of each strategy, written out and rolled.
    private static void prove(KernelDef kernel, Packing packing, int m, int k, int n, long seed, boolean runs) {
        var problem = new Problem(kernel, m, k, n);
        var chosen = new LinkedHashMap<List<Object>, Schedule.Vector>();
        for (Candidates.Ranked ranked : Candidates.of(problem, List.of(packing), (Target) Targets.AVX2).ranked())
            if (ranked.schedule() instanceof Schedule.Vector vector) chosen.putIfAbsent(List.of(vector.strategy(), vector.rolled()), vector);
        assertThat(chosen).as("%s", packing).isNotEmpty();
        for (Schedule.Vector found : new ArrayList<>(chosen.values())) {
            Schedule.Vector schedule = n > 1 ? found.withPanel(1 + (int) (seed % 3)) : found;
            String what = "-Dseed=%d: %s, %d x %d, %d tokens, %s%n%s".formatted(
                    seed, kernel.name(), m, k, n, schedule, Printer.printWithCodecs(packing));
            Lowering lowering = Lowering.of(problem, packing, schedule);
            assertThat(Proved.of(lowering.prepare())).as(what).isNotNull();
            assertThat(Proved.of(lowering.multiply())).as(what).isNotNull();
            if (!runs) continue;
            DEVICES.forEach((name, device) -> assertThat(new ExactnessProof(device).prove(problem, packing, schedule, seed)).as("%s: %s", name, what)
                    .isInstanceOf(Verdict.Exact.class));
            PROVEN.merge(schedule.strategy(), 1, Integer::sum);
        }
    }
}
