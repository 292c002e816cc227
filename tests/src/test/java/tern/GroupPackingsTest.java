package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.HostileWeights;
import tern.autotune.verify.Verdict;
import tern.codegen.cuda.device.GpuDevice;
import tern.codegen.cuda.simulate.Simulator;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Kind;
import tern.ir.PackedMatrix;
import tern.ir.Packer;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.ir.Rows;
import tern.ir.Schedule;
import tern.ir.ScaleType;
import tern.ir.Scales;
import tern.ir.device.Device;
import tern.ir.reference.ReferenceDevice;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Source;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.problem.Problem;

/// Packings with scales of groups that nobody has seen: they are sound, hold weights and scales, and are summed exactly in every way that applies,
/// on the interpreter and on both kinds of code, without a line of Java about any of them.
class GroupPackingsTest {

    static Stream<Packing> packings() throws IOException {
        try (var in = Objects.requireNonNull(GroupPackingsTest.class.getResourceAsStream("/packings/groups.tir"))) {
            return Tir.parse(new Source("groups.tir", new String(in.readAllBytes(), StandardCharsets.UTF_8))).packings().stream();
        }
    }

    /// More than a tile and no whole number of them, so that tiles are padded and the last group is cut.
    private static int m(Packing packing) {
        return packing.rows() + 1;
    }

    private static int k(Packing packing) {
        return packing.columns() + packing.group() / 2 + 1;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("packings")
    void isSoundAndHoldsWhatIsPacked(Packing packing) {
        assertThat(PackingCheck.of(packing).problems()).isEmpty();
        int m = m(packing), k = k(packing);
        Rows weights = new HostileWeights(packing, m, k, 0, 7);
        PackedMatrix packed = Packer.of(packing).pack(m, k, weights, new Powers(packing.group()));
        assertThat(packed.scales().group()).isEqualTo(packing.group());
        byte[] expected = new byte[k], found = new byte[k];
        for (int row = 0; row < m; row++) {
            weights.read(row, expected);
            packed.read(row, found);
            assertThat(found).as("row %d", row).isEqualTo(expected);
            for (int i = 0; i < k; i++) assertThat(packed.scales().of(row, i)).isEqualTo(new Powers(packing.group()).of(row, i));
        }
    }

    /// Powers of two, which each type holds, different for each pair of rows and each group.
    private record Powers(int group) implements Scales {
        @Override
        public float at(int row, int group) {
            return (float) Math.scalb(1.0, (row / 2 + 3 * group) % 7 - 3);
        }
    }

    /// The best schedule of each strategy, with one token and with three, activations with a scale of a token and of each group. A strategy that is not
    /// there says why.
    @ParameterizedTest(name = "{0}")
    @MethodSource("packings")
    void isExactInEveryWay(Packing packing) {
        ScaleType type = Objects.requireNonNull(packing.scale()).type();
        Kind kind = type == ScaleType.F16 ? Kind.F16 : type == ScaleType.F32 ? Kind.F32 : Kind.BF16;
        try (Device reference = new ReferenceDevice(1);
                Device bytecode = Devices.open("cpu:bytecode", 1);
                Device machine = Devices.machineCode(1)) {
            for (int n : new int[] {1, 3}) {
                KernelDef kernel = Tir.library().kernel("bitlinear").byGroups(kind, packing.group(), n == 1 ? 0 : packing.group());
                var problem = new Problem(kernel, m(packing), k(packing), n);
                isExact(problem, packing, bytecode.target(), List.of(bytecode));
                isExact(problem, packing, machine.target(), List.of(machine, reference));
            }
        }
    }

    /// Of those whose codes have several fields, with one scale a row: cards have no groups yet.
    @ParameterizedTest
    @ValueSource(strings = {"split80", "big_endian80", "one_zero48", "planes_rows"})
    void severalFieldsAreExactOnASimulatedCard(String name) throws IOException {
        Packing packing = packings().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
        try (Device card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
            var problem = new Problem(Tir.library().kernel("bitlinear"), m(packing), k(packing), 1);
            var best = new LinkedHashMap<String, Schedule>();
            Candidates.of(problem, List.of(packing), card.target()).ranked().forEach(one -> best.putIfAbsent(one.schedule().way(), one.schedule()));
            assertThat(best).containsKey("lanes");
            best.values().forEach(schedule ->
                    assertThat(ExactnessProof.prove(card, problem, packing, schedule, 5)).as("%s", schedule).isInstanceOf(Verdict.Exact.class));
        }
    }

    private static void isExact(Problem problem, Packing packing, Target target, List<Device> devices) {
        Candidates.Result found = Candidates.of(problem, List.of(packing), target);
        var best = new LinkedHashMap<String, Schedule>();
        found.ranked().forEach(one -> best.putIfAbsent(one.schedule().way(), one.schedule()));
        assertThat(best).containsKey("decode");
        best.forEach((way, schedule) -> devices.forEach(device -> assertThat(ExactnessProof.prove(device, problem, packing, schedule, 5))
                .as("%s on %s", schedule, device.target().name()).isInstanceOf(Verdict.Exact.class)));
        for (String way : Schedule.Cpu.WAYS)
            if (!best.containsKey(way)) assertThat(found.reason(way, target)).as(way).isNotBlank().isNotEqualTo("no candidates");
    }
}
