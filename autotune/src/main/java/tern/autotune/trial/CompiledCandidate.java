package tern.autotune.trial;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import tern.autotune.record.Recipe;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Kind;
import tern.ir.KernelDef.Param;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;
import tern.ir.target.Target;
import tern.scheduler.Lowering;
import tern.scheduler.problem.Problem;

/// A compiled candidate with everything that it runs on: activations are prepared and multiplied as in a model, by one sequence, each
/// time with other weights.
final class CompiledCandidate {

    /// Products of one run on a card, at most; nanoseconds compared with which starting it is little.
    private static final int TOGETHER = 32;

    private static final long LONG_ENOUGH = 1_000_000;

    private final Device device;
    private final int m, k, n;
    private final KernelDef kernel;
    private final Kernel prepareKernel, multiplyKernel;
    private final Buffer activations, prepared, result;
    private final ColdWeights.Matrices weights;
    /// The parameters in order; weights, which change, are null.
    private final List<Buffer> fixed = new ArrayList<>();
    private final List<Sequence> sequences = new ArrayList<>();
    private final int together;

    /// Compiles.
    ///
    /// @param n largest number of tokens
    /// @throws tern.scheduler.problem.InapplicableException if the schedule does not apply
    /// @throws tern.ir.device.CompileException if the device has no code for it
    CompiledCandidate(Device device, Recipe recipe, int m, int k, int n, ColdWeights cold) {
        this.device = device;
        this.m = m;
        this.n = n;
        kernel = recipe.kernel();
        this.k = k;
        Lowering lowering = Lowering.of(new Problem(kernel, m, k, n), recipe.packing(), recipe.schedule());
        prepareKernel = device.compile(lowering.prepare(), recipe.schedule().isa());
        multiplyKernel = device.compile(lowering.multiply(), recipe.schedule().isa());
        weights = cold.matrices(recipe.packing(), m, k, kernel.weights().size());
        var random = new SplittableRandom(11);
        activations = device.allocate((long) n * k);
        byte[] x = new byte[n * k];
        for (int i = 0; i < x.length; i++) x[i] = (byte) random.nextInt(-128, 128);
        activations.write(0, MemorySegment.ofArray(x));
        prepared = device.allocate(lowering.preparedBytes());
        result = device.allocate(4L * n * m);
        for (Param param : kernel.params()) if (param.kind() != Kind.WEIGHT) fixed.add(fixed(param, random));
        int visits = weights.all().size() / kernel.weights().size();
        together = device.target() instanceof Target.Gpu ? together() : 1;
        for (int visit = 0; visit < visits; visit += together) {
            var launches = new ArrayList<Launch>();
            for (int i = visit; i < visit + together; i++) launches.addAll(List.of(prepare(), multiply(i % visits)));
            sequences.add(device.sequence(launches));
        }
    }

    /// As many as take [#LONG_ENOUGH], where one takes much less.
    private int together() {
        Sequence one = device.sequence(List.of(prepare(), multiply(0)));
        long nanos = 0;
        for (int i = 0; i < 2; i++) { // the first one makes what runs
            long start = System.nanoTime();
            one.run(n, 0);
            device.await();
            nanos = Math.max(1, System.nanoTime() - start);
        }
        return Math.clamp(LONG_ENOUGH / nanos, 1, TOGETHER);
    }

    private Buffer fixed(Param param, SplittableRandom random) {
        if (param.kind() == Kind.I8) return prepared;
        int count = 1;
        for (String dim : param.dims()) count *= KernelDef.size(dim, n, m, k);
        Buffer buffer = device.allocate((long) param.kind().bytes() * count);
        MemorySegment values = Arena.ofAuto().allocate((long) param.kind().bytes() * count, 4);
        for (int i = 0; i < count; i++) {
            float real = (float) random.nextDouble(-2, 2);
            switch (param.kind()) {
                case F32 -> values.setAtIndex(ValueLayout.JAVA_FLOAT, i, real);
                case F16 -> values.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(real));
                case BF16 -> values.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (Float.floatToRawIntBits(real) >>> 16));
                case I32 -> values.setAtIndex(ValueLayout.JAVA_INT, i, random.nextInt(-1000, 1000));
                case I8, WEIGHT -> throw new IllegalStateException("no tensor of " + param.kind());
            }
        }
        buffer.write(0, values);
        return buffer;
    }

    /// The launch that prepares the activations.
    Launch prepare() {
        return new Launch(prepareKernel, activations, prepared);
    }

    /// The launch that multiplies.
    ///
    /// @param visit which weights to take
    Launch multiply(int visit) {
        var arguments = new ArrayList<Buffer>();
        int count = kernel.weights().size(), weight = 0, other = 0;
        for (Param param : kernel.params())
            arguments.add(param.kind() == Kind.WEIGHT ? weights.all().get(visit * count + weight++) : fixed.get(other++));
        arguments.add(result);
        return new Launch(multiplyKernel, arguments);
    }

    /// Once, on weights that are as cold as memory allows.
    void run(int tokens) {
        run(weights.visit() % sequences.size(), tokens);
    }

    /// Once.
    ///
    /// @param visit which weights to take
    void run(int visit, int tokens) {
        sequences.get(visit).run(tokens, 0);
    }

    /// Bits of the results of the first tokens.
    int[] results(int tokens) {
        device.await();
        int[] bits = new int[tokens * m];
        result.read(0, MemorySegment.ofArray(bits));
        return bits;
    }

    /// Tokens of a launch that runs all of the code, and no more: to be used while an interpreter runs it.
    static int few(Recipe recipe, int n) {
        return Math.min(n, recipe.schedule().tokens());
    }

    /// Products of one run: on a card so many that a run takes longer than having it started.
    int products() {
        return together;
    }

    /// Largest number of tokens.
    int most() {
        return n;
    }
}
