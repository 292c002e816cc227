package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.codegen.machine.MatrixUnit;
import tern.ir.KernelDef;
import tern.ir.PackedMatrix;
import tern.ir.Packer;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.ir.Schedule;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.loop.LoopChecker;
import tern.ir.loop.LoopParser;
import tern.ir.loop.Program;
import tern.ir.reference.ReferenceDevice;
import tern.ir.target.Targets;
import tern.ir.text.Printer;
import tern.ir.text.Source;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.Lowering;
import tern.scheduler.problem.Problem;

/// Compiling can start from any printed stage, and what runs can be traced back to the text.
class StageTest {

    private static final String TEXT = """
            codec pair = base3(2) in 4 bits, most significant first

            packing pairs {
                tile rows 16, k 6;
                word i16;
                codec pair;
                digit k%2;
                code at row*16 + k/2*4;
                tiles k within rows;
            }

            kernel product(x: i8[n, k], w: weight[m, k]) -> y: i32[n, m] {
                y[i, j] = sum(k: x[i, k] * w[j, k])
            }
            """;

    /// The same with bytes for products of bytes.
    private static final String FOURS = TEXT.substring(0, TEXT.indexOf("codec pair")) + """
            codec pair = map(-1, 0, 1, _) in 2 bits

            packing pairs {
                tile rows 8, k 16;
                word i8;
                codec pair;
                code at row*32 + k%4*8 + k/4*2;
                tiles k within rows;
            }
            """ + TEXT.substring(TEXT.indexOf("\nkernel"));

    private static final int M = 21, K = 31, N = 17;

    static List<String> ways() {
        return Schedule.Cpu.WAYS;
    }

    @ParameterizedTest
    @MethodSource("ways")
    void everyPrintedStageCompilesToTheSameResult(String way) {
        String text = way.equals("bytes") || way.equals("fours") ? FOURS : TEXT;
        Tir tir = Tir.parse(new Source("pairs.tir", text));
        assertThat(tir.print()).isEqualTo(text);
        Packing packing = tir.packing("pairs");
        assertThat(PackingCheck.of(packing).problems()).isEmpty();

        Schedule schedule = best(tir.kernel("product"), packing, way);
        Tir scheduled = Tir.parse(new Source("scheduled.tir", text + "\n" + Printer.print("avx2", schedule)));
        assertThat(scheduled.schedules()).containsExactly(new Tir.Planned("avx2", schedule));

        Lowering lowering = Lowering.of(new Problem(tir.kernel("product"), M, K, N), packing, schedule);
        Program prepare = reparsed(lowering.prepare()), multiply = reparsed(lowering.multiply());

        var product = new Product(packing);
        int[] expected = product.expected();
        try (Device reference = new ReferenceDevice();
                Device cpu = Devices.open("cpu", 2)) {
            for (Device device : canRun(way) ? List.of(reference, cpu) : List.of(reference)) {
                assertThat(product.on(device, lowering.prepare(), lowering.multiply(), lowering.preparedBytes()))
                        .as("lowered, on %s", device.target().name()).isEqualTo(expected);
                assertThat(product.on(device, prepare, multiply, lowering.preparedBytes()))
                        .as("printed and parsed, on %s", device.target().name()).isEqualTo(expected);
            }
        }
    }

    /// Whether this processor can.
    private static boolean canRun(String way) {
        return !way.equals("matrix") || MatrixUnit.isAvailable();
    }

    private static Schedule best(KernelDef kernel, Packing packing, String way) {
        return Candidates.of(new Problem(kernel, M, K, N), List.of(packing), way.equals("fours") ? Targets.AVX2_VNNI : Targets.SAPPHIRE_RAPIDS).ranked()
                .stream()
                .map(Candidates.Ranked::schedule)
                .filter(s -> s.way().equals(way))
                .findFirst()
                .orElseThrow();
    }

    private static Program reparsed(Program program) {
        String text = program.toString();
        Program parsed = LoopParser.parse(new Source(program.name() + ".loop", text));
        assertThat(LoopChecker.check(parsed)).isEmpty();
        assertThat(parsed.toString()).isEqualTo(text);
        return parsed;
    }

    /// Weights and activations, and what they give.
    private static final class Product {
        private final byte[][] weights;
        private final byte[] x = new byte[N * K];
        private final PackedMatrix packed;

        Product(Packing packing) {
            var random = new SplittableRandom(3);
            weights = RandomWeights.of(packing, M, K, random);
            random.nextBytes(x);
            packed = Packer.of(packing).pack(M, K, RandomWeights.rows(weights), 1);
        }

        int[] expected() {
            int[] y = new int[N * M];
            for (int i = 0; i < N; i++)
                for (int j = 0; j < M; j++) for (int k = 0; k < K; k++) y[i * M + j] += x[i * K + k] * weights[j][k];
            return y;
        }

        int[] on(Device device, Program prepare, Program multiply, long preparedBytes) {
            Buffer activations = device.allocate(x.length), w = device.allocate(packed.bytes().byteSize() + 8);
            Buffer prepared = device.allocate(preparedBytes), y = device.allocate(4L * N * M);
            activations.write(0, MemorySegment.ofArray(x));
            w.write(0, packed.bytes());
            device.compile(prepare).launch(List.of(activations, prepared), N, 0);
            device.compile(multiply).launch(List.of(prepared, w, y), N, 0);
            int[] found = new int[N * M];
            y.read(0, MemorySegment.ofArray(found));
            return found;
        }
    }

    /// Lines of the text in the class file: line 13 declares the kernel.
    @Test
    void theClassNamesTheTextAndTheLine() {
        Tir tir = Tir.parse(new Source("pairs.tir", TEXT));
        Packing packing = tir.packing("pairs");
        Lowering lowering =
                Lowering.of(new Problem(tir.kernel("product"), M, K, N), packing, best(tir.kernel("product"), packing, "decode"));
        try (Device cpu = Devices.open("cpu:bytecode", 1)) {
            for (Program program : List.of(lowering.prepare(), lowering.multiply()))
                assertThat(cpu.compile(program).listing()).contains("// compiled from: pairs.tir\n", "LINENUMBER 13 ");
        }
    }

    /// JVMs hide the frames of hidden classes unless they are told otherwise.
    @Test
    void aStackTracePointsIntoTheText() throws IOException, InterruptedException {
        assertThat(ChildJvm.run(Failing.class, List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:+ShowHiddenFrames")))
                .contains("java.lang.ArithmeticException: / by zero")
                .containsPattern("at .*\\.Kernel_failing.*\\.run\\(failing\\.tir:4711\\)");
    }

    /// A kernel that divides by zero.
    static final class Failing {

        private Failing() {}

        static final String PROGRAM = """
                program failing source "failing.tir"
                  n in 1..8
                  out y: i32[n]
                {
                  @4711 y[0] = 1 / (n - 1)
                }
                """;

        public static void main(String[] args) {
            try (Device cpu = Devices.open("cpu:bytecode", 1)) {
                Buffer y = cpu.allocate(64);
                cpu.compile(LoopParser.parse(new Source("failing.loop", PROGRAM))).launch(List.of(y), 1, 0);
            } catch (ArithmeticException e) {
                e.printStackTrace();
            }
        }
    }
}
