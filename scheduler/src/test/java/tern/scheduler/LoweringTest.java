package tern.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tern.ir.Interval;
import tern.ir.KernelDef;
import tern.ir.PackedMatrix;
import tern.ir.Packer;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.Buffer;
import tern.ir.loop.LoopChecker;
import tern.ir.reference.ReferenceDevice;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Source;
import tern.ir.text.Tir;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.problem.Problem;

/// The best schedule of each way is sound, and interpreted it gives the plain product, at sizes that fit no tile.
class LoweringTest {

    private static final KernelDef PRODUCT = Tir.parse(new Source("product.tir", """
            kernel product(x: i8[n, k], w: weight[m, k]) -> y: i32[n, m] { y[i, j] = sum(k: x[i, k] * w[j, k]) }
            """)).kernel("product");

    static Stream<Arguments> packings() {
        return Tir.library().allPackings().stream()
                .filter(packing -> packing.holdsAll(Interval.of(-1, 1)) && packing.rows() <= 64)
                .flatMap(packing -> Stream.of(Targets.AVX2, Targets.SAPPHIRE_RAPIDS, Targets.NEON128)
                        .map(target -> Arguments.of(packing.name(), target)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("packings")
    void theBestOfEachWayIsThePlainProduct(String name, Target target) {
        Packing packing = Tir.library().packing(name);
        prove(new Problem(PRODUCT, packing.rows() + 3, packing.columns() + 5, 1), packing, target);
        prove(new Problem(PRODUCT, 7, Math.max(1, packing.columns() - 1), 17), packing, target);
    }

    private static void prove(Problem problem, Packing packing, Target target) {
        Map<String, Schedule> best = new LinkedHashMap<>();
        for (Ranked one : Candidates.of(problem, List.of(packing), target).ranked()) best.putIfAbsent(one.schedule().way(), one.schedule());
        assertThat(best).as("ways").isNotEmpty();
        best.values().forEach(schedule -> prove(problem, packing, schedule));
    }

    private static void prove(Problem problem, Packing packing, Schedule schedule) {
        Lowering lowering = Lowering.of(problem, packing, schedule);
        assertThat(LoopChecker.check(lowering.prepare())).as("%s", schedule).isEmpty();
        assertThat(LoopChecker.check(lowering.multiply())).as("%s", schedule).isEmpty();
        int m = problem.m(), k = problem.k(), n = problem.tokens();
        var random = new SplittableRandom(31L * m + k);
        byte[][] weights = new byte[m][k];
        for (byte[] row : weights) for (int i = 0; i < k; i++) row[i] = (byte) random.nextInt(-1, 2);
        byte[] x = new byte[n * k];
        random.nextBytes(x);
        int[] expected = new int[n * m];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < m; j++) for (int l = 0; l < k; l++) expected[i * m + j] += x[i * k + l] * weights[j][l];
        PackedMatrix packed = Packer.of(packing).pack(m, k, (row, into) -> System.arraycopy(weights[row], 0, into, 0, k), 1);
        assertThat(interpreted(lowering, x, packed, n, m)).as("%s", schedule).isEqualTo(expected);
    }

    private static int[] interpreted(Lowering lowering, byte[] x, PackedMatrix packed, int n, int m) {
        try (var device = new ReferenceDevice()) {
            Buffer activations = device.allocate(x.length), w = device.allocate(packed.bytes().byteSize() + 8);
            Buffer prepared = device.allocate(lowering.preparedBytes()), y = device.allocate(4L * n * m);
            activations.write(0, MemorySegment.ofArray(x));
            w.write(0, packed.bytes());
            device.compile(lowering.prepare()).launch(List.of(activations, prepared), n, 0);
            device.compile(lowering.multiply()).launch(List.of(prepared, w, y), n, 0);
            int[] found = new int[n * m];
            y.read(0, MemorySegment.ofArray(found));
            return found;
        }
    }
}
