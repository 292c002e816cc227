package tern.autotune.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.ir.KernelDef;
import tern.ir.Op;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;
import tern.ir.loop.Program;
import tern.ir.reference.ReferenceDevice;
import tern.ir.target.Target;
import tern.ir.text.Source;
import tern.ir.text.Tir;
import tern.scheduler.problem.Problem;

class ExactnessProofTest {

    private final ReferenceDevice device = new ReferenceDevice();

    @AfterEach
    void close() {
        device.close();
    }

    private static Schedule schedule(String kernel, String packing, Strategy strategy, int lanes, int tokens) {
        return new Schedule.Vector(kernel, packing, strategy, lanes, 1, tokens, 8, 1, false);
    }

    @ParameterizedTest
    @CsvSource({
        "bitlinear,     tri5r8,  TABULATE, 8,  33, 40, 1",
        "bitlinear,     tri5r8,  DECODE,   8,  33, 40, 3",
        "bitlinear_add, i2_s,    DECODE,   32, 3,  130, 4",
        "gate_up,       base3x5, TABULATE, 32, 31, 21, 2",
        "gate_up,       sherry5, DECODE,   32, 5,  13, 1",
        "bitlinear,     hf,      DECODE,   32, 15, 20, 1",
        "bitlinear,     tl2,     TABULATE, 1,  1,  1,  1",
    })
    void librariesPackingsAreExact(String kernel, String packing, Strategy strategy, int lanes, int m, int k, int n) {
        Verdict verdict = ExactnessProof.prove(
                device, new Problem(Tir.library().kernel(kernel), m, k, n), Tir.library().packing(packing),
                schedule(kernel, packing, strategy, lanes, n == 1 ? 1 : 2), 7);
        assertThat(verdict).isInstanceOfSatisfying(Verdict.Exact.class, exact -> {
            assertThat(exact.kernel()).startsWith(kernel + (n == 1 ? "_n1_" : "_nx_"));
            assertThat(exact.sums()).isPositive();
            assertThat(exact.results()).isGreaterThan(exact.sums());
        });
    }

    @Test
    void integerFormulasAreEvaluatedToo() {
        KernelDef kernel = Tir.parse(new Source("f.tir", """
                kernel f(x: i8[n, k], w: weight[m, k], b: i32[m], c: i32) -> y: i32[n, m] {
                    y[i, j] = max(min(sum(k: x[i, k] * w[j, k]) + b[j], 500), c) - square(c)
                }
                """.replace(", 500", ", c * c"))).kernel("f");
        assertThat(prove(device, kernel)).isInstanceOf(Verdict.Exact.class);
    }

    @Test
    void whatDoesNotApplyIsRefusedWithTheReason() {
        Packing packing = Tir.library().packing("i2_s");
        KernelDef kernel = Tir.library().kernel("bitlinear");
        assertThat(ExactnessProof.prove(
                device, new Problem(kernel, 1, 128, 1), packing, schedule("bitlinear", "i2_s", Strategy.TABULATE, 32, 1), 1))
                .isEqualTo(new Verdict.Refused("cannot tabulate with 32 lanes: neighbouring words of packing i2_s hold"
                        + " different columns, and each would need a table of its own"));
    }

    private static Verdict prove(Device device, KernelDef kernel) {
        Schedule schedule = schedule(kernel.name(), "tri5r8", Strategy.DECODE, 8, 1);
        return new ExactnessProof(device).prove(new Problem(kernel, 8, 18, 1), Tir.library().packing("tri5r8"), schedule, 1);
    }

    @Test
    void aSumThatIsOffByOneIsFoundThoughTheResultHidesIt() {
        KernelDef kernel = Tir.parse(new Source("f.tir", """
                kernel f(x: i8[n, k], w: weight[m, k]) -> y: f32[n, m] { y[i, j] = min(relu(sum(k: x[i, k] * w[j, k])), 0.0) }
                """)).kernel("f");
        assertThat(prove(device, kernel)).isInstanceOf(Verdict.Exact.class);
        assertThat(prove(new Saboteur(device), kernel)).isInstanceOfSatisfying(Verdict.Wrong.class, wrong -> {
            assertThat(wrong.kernel()).startsWith("f_sum_w_n1_m8_k18_tri5r8_dec_");
            assertThat(wrong.problem()).matches("8 x 18, 1 tokens: result of token 0, row 7 is (-?\\d+), expected (-?\\d+)");
        });
    }

    /// A back end that flips the lowest bit of the last sum of every multiply kernel.
    private record Saboteur(ReferenceDevice device) implements Device {
        @Override
        public Kernel compile(Program program) {
            Kernel kernel = device.compile(program);
            if (program.name().startsWith("prepare_")) return kernel;
            return new Kernel() {
                @Override
                public String name() {
                    return kernel.name();
                }

                @Override
                public void launch(List<? extends Buffer> arguments, int n, int position) {
                    kernel.launch(arguments, n, position);
                    int[] last = new int[1];
                    arguments.getLast().read(4 * 7, MemorySegment.ofArray(last));
                    last[0] ^= 1;
                    arguments.getLast().write(4 * 7, MemorySegment.ofArray(last));
                }

                @Override
                public String listing() {
                    return kernel.listing();
                }
            };
        }

        @Override
        public Target target() {
            return device.target();
        }

        @Override
        public Kernel compile(Op op) {
            return device.compile(op);
        }

        @Override
        public Buffer allocate(long bytes) {
            return device.allocate(bytes);
        }

        @Override
        public Buffer share(MemorySegment host) {
            return device.share(host);
        }

        @Override
        public Sequence sequence(List<Launch> launches) {
            return device.sequence(launches);
        }

        @Override
        public void await() {
            device.await();
        }

        @Override
        public void close() {}
    }
}
