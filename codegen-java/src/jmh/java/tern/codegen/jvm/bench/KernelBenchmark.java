package tern.codegen.jvm.bench;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Kind;
import tern.ir.Packing;
import tern.ir.device.Buffer;
import tern.ir.device.CompileException;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.target.Target;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.Lowering;
import tern.scheduler.problem.Problem;

/// The products of BitNet b1.58 2B4T on this machine's CPU device, by the cost model's schedule. Each call takes the next of many copies of
/// the weights, together [#COLD_BYTES] long, so that they come from memory as a model's do.
///
///     ./mvnw -Pbench -pl codegen-java -am verify -DskipTests -Dbench="-p shape=attn_qkv -p tokens=1"
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC",
            "-XX:CompileCommand=quiet", "-XX:CompileCommand=CompileThresholdScaling,tern.codegen.jvm.Kernel_*::*,0.05"
        })
public class KernelBenchmark {

    /// More than a last-level cache holds.
    private static final long COLD_BYTES = 512L << 20;

    /// Of some seconds, to see a kernel compiled.
    private static final int ATTEMPTS = 12;

    /// A product of a layer.
    public enum Shape {
        attn_qkv("bitlinear", 3840, 2560),
        attn_output("bitlinear_add", 2560, 2560),
        ffn_gate_up("gate_up", 6912, 2560),
        ffn_down("bitlinear_add", 2560, 6912);

        private final String kernel;
        private final int m, k;

        Shape(String kernel, int m, int k) {
            this.kernel = kernel;
            this.m = m;
            this.k = k;
        }

        KernelDef kernel() {
            return Tir.library().kernel(kernel);
        }

        /// Bytes of weights that one call reads.
        long bytes(String packing) {
            return kernel().weights().size() * Tir.library().packing(packing).bytes(m, k);
        }
    }

    @Param
    public Shape shape;

    @Param({"tri5r32"})
    public String packing;

    /// n of a launch; the kernel is made for so many.
    @Param({"1", "32"})
    public int tokens;

    /// Cores; 0 = all.
    @Param({"1", "0"})
    public int threads;

    private Device device;
    private Kernel prepare, multiply;
    private List<Buffer> activations;
    private List<List<Buffer>> copies;
    private int next;

    @Setup
    public void make() {
        device = cpu(threads);
        Packing chosen = Tir.library().packing(packing);
        Lowering lowering = compile(chosen);
        var random = new Random(1);
        byte[] x = new byte[tokens * shape.k];
        random.nextBytes(x);
        activations = List.of(filled(x), device.allocate(lowering.preparedBytes()));
        prepare.launch(activations, tokens, 0);
        // All weights zero: a kernel takes as long for any others.
        copies = new ArrayList<>();
        for (long bytes = 0; bytes < COLD_BYTES || copies.size() < 2; bytes += shape.bytes(packing)) copies.add(arguments(chosen));
        // Until then HotSpot runs it a hundred times slower, for longer than a warm-up on a busy machine.
        var launch = new Launch(multiply, copies.getFirst());
        for (int attempt = 0; !device.isVectorised(launch, tokens); attempt++)
            if (attempt == ATTEMPTS) throw new IllegalStateException("HotSpot does not compile " + multiply.name());
    }

    /// The first schedule that the back end takes.
    private Lowering compile(Packing chosen) {
        var target = (Target.Cpu) device.target();
        for (Candidates.Ranked one : Candidates.of(new Problem(shape.kernel(), shape.m, shape.k, tokens), List.of(chosen), target).ranked())
            try {
                Lowering lowering = Lowering.of(new Problem(shape.kernel(), shape.m, shape.k, tokens), chosen, one.schedule());
                prepare = device.compile(lowering.prepare());
                multiply = device.compile(lowering.multiply());
                return lowering;
            } catch (CompileException e) {
                System.out.println("refused: " + e.getMessage());
            }
        throw new IllegalArgumentException(packing + " has no schedule for " + shape);
    }

    private List<Buffer> arguments(Packing chosen) {
        var arguments = new ArrayList<Buffer>();
        for (KernelDef.Param param : shape.kernel().params())
            arguments.add(param.kind() == Kind.I8 ? activations.getLast()
                    : param.kind() == Kind.WEIGHT ? device.allocate(chosen.bytes(shape.m, shape.k) + chosen.word().bytes())
                    : device.allocate(4L * elements(param)));
        arguments.add(device.allocate(4L * tokens * shape.m));
        return arguments;
    }

    private int elements(KernelDef.Param param) {
        int elements = 1;
        for (String dim : param.dims()) elements *= dim.equals("n") ? tokens : shape.m;
        return elements;
    }

    private Buffer filled(byte[] bytes) {
        Buffer buffer = device.allocate(bytes.length);
        buffer.write(0, MemorySegment.ofArray(bytes));
        return buffer;
    }

    @TearDown
    public void close() {
        device.close();
    }

    @Benchmark
    public void multiply() {
        multiply.launch(copies.get(next), tokens, 0);
        next = (next + 1) % copies.size();
    }

    @Benchmark
    public void prepare() {
        prepare.launch(activations, tokens, 0);
    }

    private static Device cpu(int threads) {
        for (Device.Provider provider : ServiceLoader.load(Device.Provider.class))
            if (provider.name().equals("cpu")) return provider.open(threads).getFirst();
        throw new IllegalStateException("no CPU device");
    }

    /// Runs JMH, then says what the times mean: GB/s of weights, and which share of the read bandwidth measured just then.
    ///
    /// @param arguments of JMH
    public static void main(String... arguments) throws Exception {
        var options = new OptionsBuilder().parent(new CommandLineOptions(arguments)).include(KernelBenchmark.class.getName()).build();
        var results = new Runner(options).run();
        System.out.printf("%n%-12s %-9s %6s %7s  %-9s %12s %8s %6s%n", "shape", "packing", "tokens", "threads", "", "us", "GB/s", "share");
        for (RunResult one : results) {
            var params = one.getParams();
            String name = one.getPrimaryResult().getLabel(), packing = params.getParam("packing");
            double micros = one.getPrimaryResult().getScore();
            System.out.printf(Locale.ROOT, "%-12s %-9s %6s %7s  %-9s %12.1f", params.getParam("shape"), packing, params.getParam("tokens"),
                    params.getParam("threads"), name, micros);
            if (name.equals("multiply")) {
                double rate = Shape.valueOf(params.getParam("shape")).bytes(packing) * 1e6 / micros;
                try (Device device = cpu(Integer.parseInt(params.getParam("threads")))) {
                    System.out.printf(Locale.ROOT, " %8.2f %5.0f%%", rate / 1e9, 100 * rate / device.measureReadBandwidth());
                }
            }
            System.out.println();
        }
    }
}
