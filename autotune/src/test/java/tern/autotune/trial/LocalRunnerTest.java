package tern.autotune.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static tern.autotune.trial.Tries.candidate;
import static tern.autotune.trial.Tries.problem;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Outcome.Reason;
import tern.autotune.record.ProblemKey;
import tern.ir.Schedule.Strategy;
import tern.ir.device.Buffer;
import tern.ir.device.CompileException;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.Samples;
import tern.ir.device.Sequence;
import tern.ir.loop.Program;

class LocalRunnerTest {

    private static final LocalRunner.Settings QUICK = new LocalRunner.Settings(1 << 16, 1 << 20, 0.2);
    private static final ProblemKey STEP = problem(40, 90, 1), BATCH = problem(40, 90, 5);
    private static final Candidate GOOD = candidate("tri5r8", Strategy.TABULATE, 8, 2, 1);

    private static LocalRunner runner(Device device) {
        return new LocalRunner(device, Environment.of(device, 1), QUICK);
    }

    private static Failed failure(Device device, ProblemKey problem, Candidate candidate) {
        try (LocalRunner runner = runner(device)) {
            return runner.prepare(problem, candidate).orElseThrow();
        }
    }

    @Test
    void whatIsExactIsTimed() {
        try (LocalRunner runner = runner(new AlteredDevice())) {
            Candidate other = candidate("i2_s", Strategy.DECODE, 16, 1, 2);
            assertThat(runner.prepare(BATCH, GOOD)).isEmpty();
            List<Timing> timings = runner.time(BATCH, List.of(GOOD, other), 3);
            assertThat(timings).hasSize(2).allSatisfy(timing -> assertThat(timing)
                    .isInstanceOfSatisfying(Timing.Timed.class, timed -> {
                        assertThat(timed.seconds().count()).isEqualTo(3);
                        assertThat(timed.seconds().min()).isPositive();
                    }));
            runner.release(BATCH, GOOD);
            assertThat(runner.time(BATCH, List.of(GOOD), 1)).as("prepared anew").hasOnlyElementsOfType(Timing.Timed.class);
        }
    }

    @Test
    void whatDoesNotApplyIsRefused() {
        assertThat(failure(new AlteredDevice(), STEP, candidate("i2_s", Strategy.TABULATE, 16, 1, 1)))
                .isEqualTo(new Failed(Reason.REFUSED, "cannot tabulate with 16 lanes: neighbouring words of packing i2_s hold"
                        + " different columns, and each would need a table of its own"));
    }

    @Test
    void whatTheDeviceCannotCompileIsRefused() {
        var device = new AlteredDevice() {
            @Override
            public Kernel compile(Program program) {
                throw new CompileException(program.name(), "too large");
            }
        };
        Failed failed = failure(device, STEP, GOOD);
        assertThat(failed.reason()).isEqualTo(Reason.REFUSED);
        assertThat(failed.detail()).endsWith(": too large");
    }

    @Test
    void aTextThatIsNoneIsRefused() {
        assertThat(failure(new AlteredDevice(), STEP, new Candidate("packing", "schedule")).reason()).isEqualTo(Reason.REFUSED);
    }

    @Test
    void aWrongKernelIsFoundBeforeItIsTimed() {
        var device = new AlteredDevice() {
            @Override
            public Kernel compile(Program program) {
                Kernel kernel = super.compile(program);
                return program.name().startsWith("prepare_") ? kernel : new After(kernel, arguments -> flipSeventh(arguments.getLast()));
            }
        };
        Failed failed = failure(device, STEP, GOOD);
        assertThat(failed.reason()).isEqualTo(Reason.WRONG);
        assertThat(failed.detail()).contains("result of token 0").contains("expected");
    }

    /// A compiler that breaks a kernel when it is hot.
    @Test
    void machineCodeThatDiffersFromTheInterpreterIsFound() {
        int[] launches = new int[1];
        var device = new AlteredDevice() {
            @Override
            public Kernel compile(Program program) {
                Kernel kernel = super.compile(program);
                boolean timed = program.name().startsWith("bitlinear_n1_m40_");
                return timed ? new After(kernel, arguments -> {
                    if (++launches[0] > 3) flipSeventh(arguments.getLast());
                }) : kernel;
            }
        };
        assertThat(failure(device, STEP, GOOD))
                .isEqualTo(new Failed(Reason.WRONG, "result 7 of machine code differs from that of the interpreter"));
    }

    private static void flipSeventh(Buffer result) {
        int[] seventh = new int[1];
        result.read(4 * 7, MemorySegment.ofArray(seventh));
        seventh[0] ^= 1;
        result.write(4 * 7, MemorySegment.ofArray(seventh));
    }

    @Test
    void oneThatFailsIsNotTimedBesideOthers() {
        try (LocalRunner runner = runner(new AlteredDevice())) {
            List<Timing> timings = runner.time(STEP, List.of(candidate("i2_s", Strategy.TABULATE, 16, 1, 1), GOOD), 1);
            assertThat(timings.getFirst()).isInstanceOf(Timing.Untimed.class);
            assertThat(timings.getLast()).isInstanceOf(Timing.Timed.class);
        }
    }

    @Test
    void whatNeverRunsOnVectorsIsNotTimed() {
        var device = new AlteredDevice() {
            @Override
            public boolean isVectorised(Launch launch, int n) {
                return launch.kernel().name().startsWith("prepare_");
            }
        };
        assertThat(failure(device, STEP, GOOD))
                .isEqualTo(new Failed(Reason.NOT_VECTORISED, "multiply still ran without vector instructions after 0 s"));
    }

    /// A machine with its own clock whose compiler is busy elsewhere: launches stay slow for any number of launches and any time, until it
    /// is waited for. Whoever stops when times are steady takes the interpreter's.
    private static final class BusyCompiler extends AlteredDevice {
        static final double SLOW = 250e-6, FAST = 4e-6;
        final Set<String> compiled = new HashSet<>(), pending = new HashSet<>();
        private double now;

        long nanos() {
            return (long) (now * 1e9);
        }

        @Override
        public Kernel compile(Program program) {
            Kernel kernel = super.compile(program);
            compiled.add(program.name());
            pending.add(program.name());
            return new After(kernel, _ -> now += pending.contains(program.name()) ? SLOW : FAST);
        }

        @Override
        public Sequence sequence(List<Launch> launches) {
            return (n, position) -> launches.forEach(launch -> launch.kernel().launch(launch.arguments(), n, position));
        }

        @Override
        public boolean settle() {
            boolean any = !pending.isEmpty();
            pending.clear();
            return any;
        }
    }

    @Test
    void nothingIsTimedBeforeItIsCompiled() {
        var device = new BusyCompiler();
        try (var runner = new LocalRunner(device, Environment.of(device, 1), QUICK, device::nanos)) {
            assertThat(runner.prepare(STEP, GOOD)).isEmpty();
            assertThat(median(runner, GOOD)).isCloseTo(2 * BusyCompiler.FAST, within(1e-9)); // prepares and multiplies
        }
    }

    @Test
    void whatIsCompiledAnewWhileItIsTimedIsTimedAgain() {
        var device = new BusyCompiler();
        try (var runner = new LocalRunner(device, Environment.of(device, 1), QUICK, device::nanos)) {
            assertThat(runner.prepare(STEP, GOOD)).isEmpty();
            device.pending.addAll(device.compiled); // another kernel has shown that the compiler had guessed wrongly
            assertThat(median(runner, GOOD)).isCloseTo(2 * BusyCompiler.FAST, within(1e-9));
        }
    }

    private static double median(LocalRunner runner, Candidate candidate) {
        return runner.time(STEP, List.of(candidate), 7).getFirst() instanceof Timing.Timed(Samples seconds) ? seconds.median() : Double.NaN;
    }

    @Test
    void aStoppedRunnerSaysSo() {
        try (LocalRunner runner = runner(new AlteredDevice())) {
            runner.stop();
            assertThatThrownBy(() -> runner.prepare(STEP, GOOD)).isInstanceOf(StoppedException.class);
        }
    }
}
