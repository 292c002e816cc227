package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.RandomPackings;
import tern.autotune.verify.Verdict;
import tern.codegen.machine.MachineEmitter;
import tern.codegen.machine.MatrixUnit;
import tern.codegen.machine.code.Feature;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.ir.Schedule;
import tern.ir.device.Device;
import tern.ir.device.Proved;
import tern.ir.reference.ReferenceDevice;
import tern.ir.target.Isa;
import tern.ir.target.Targets;
import tern.ir.text.Printer;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.Lowering;
import tern.scheduler.problem.Problem;

/// Kernels for matrix units: exact in the reference everywhere, and on this processor where it has such a unit.
class MatrixKernelsTest {

    private static final List<String> KERNELS = List.of("bitlinear", "bitlinear_add", "gate_up");

    /// Random packings with random numbers of rows in their tiles.
    private static final int RANDOM = Breadth.ALL ? 60 : 6;

    private static Device reference, cpu;
    private static final Set<String> PROVEN = new TreeSet<>();
    private static int random;

    @BeforeAll
    static void open() {
        reference = new ReferenceDevice(1);
        cpu = Devices.open("cpu", 2);
    }

    @AfterAll
    static void closeAndCount() {
        reference.close();
        cpu.close();
        assertThat(PROVEN).contains("tri5r32", "tri5r16", "sherry5");
        assertThat(random).as("random packings").isEqualTo(RANDOM);
    }

    static Stream<Arguments> packingsAndKernels() {
        return Tir.library().allPackings().stream()
                .filter(p -> !schedules(Tir.library().kernel("bitlinear"), p, 67, 137, 16).isEmpty())
                .flatMap(p -> KERNELS.stream().filter(k -> Breadth.ALL || k.equals(of(p.name()))).map(k -> Arguments.of(p.name(), k)));
    }

    /// The kernel under which more of a packing is tried: the others are in a campaign.
    private static String of(String packing) {
        return KERNELS.get(Math.floorMod(packing.hashCode(), KERNELS.size()));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("packingsAndKernels")
    void isExactAroundTheTile(String packingName, String kernelName) {
        Packing packing = Tir.library().packing(packingName);
        KernelDef kernel = Tir.library().kernel(kernelName);
        int rows = packing.rows(), columns = packing.columns();
        prove(kernel, packing, rows + 1, Math.max(1, columns - 1), 16);
        prove(kernel, packing, 67, 137, 33);
        if (kernelName.equals(of(packingName))) prove(kernel, packing, rows, 1500 / rows * columns, 47);
        PROVEN.add(packingName);
    }

    static LongStream seeds() {
        KernelDef kernel = Tir.library().kernel("bitlinear");
        return LongStream.range(0, Long.MAX_VALUE)
                .filter(seed -> !schedules(kernel, packing(seed), 67, 137, 16).isEmpty())
                .limit(RANDOM);
    }

    private static Packing packing(long seed) {
        var own = new SplittableRandom(seed);
        return seed % 2 == 0 ? RandomPackings.ofTrits(own) : RandomPackings.any(own);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void isExactForRandomPackings(long seed) {
        Packing packing = packing(seed);
        assertThat(PackingCheck.of(packing).problems()).as("%s", packing).isEmpty();
        KernelDef kernel = Tir.library().kernel(KERNELS.get((int) (seed % 3)));
        prove(kernel, packing, packing.rows() + 3, 3 * packing.columns() + 1, 16 + (int) (seed % 20));
        random++;
    }

    private static List<Schedule> schedules(KernelDef kernel, Packing packing, int m, int k, int n) {
        return Candidates.of(new Problem(kernel, m, k, n), List.of(packing), Targets.SAPPHIRE_RAPIDS).ranked().stream()
                .map(Candidates.Ranked::schedule)
                .filter(s -> s instanceof Schedule.Matrix)
                .toList();
    }

    private static void prove(KernelDef kernel, Packing packing, int m, int k, int n) {
        List<Schedule> schedules = schedules(kernel, packing, m, k, n);
        assertThat(schedules).isNotEmpty();
        for (Schedule schedule : schedules) {
            Lowering lowering = Lowering.of(new Problem(kernel, m, k, n), packing, schedule);
            assertThatCode(() -> Proved.of(lowering.prepare())).as("%s", lowering.prepare()).doesNotThrowAnyException();
            assertThatCode(() -> Proved.of(lowering.multiply())).as("%s", lowering.multiply()).doesNotThrowAnyException();
            assertThat(MachineEmitter.emit(Proved.of(lowering.multiply()), Feature.of(Isa.AMX)).listing()).containsOnlyOnce("ldtilecfg")
                    .contains("tileloadd", "tdpbssd", "tilestored").containsOnlyOnce("tilerelease");
            requireExact(new ExactnessProof(reference).prove(new Problem(kernel, m, k, n), packing, schedule, 31L * m + k), packing);
            Verdict onCpu = new ExactnessProof(cpu).prove(new Problem(kernel, m, k, n), packing, schedule, 31L * m + k);
            if (MatrixUnit.isAvailable()) requireExact(onCpu, packing);
            else assertThat(onCpu).isInstanceOfSatisfying(Verdict.Refused.class,
                    refused -> assertThat(refused.reason()).contains("no matrix unit"));
        }
    }

    private static void requireExact(Verdict verdict, Packing packing) {
        assertThat(verdict).as("%s", Printer.printWithCodecs(packing)).isInstanceOf(Verdict.Exact.class);
    }
}
