package tern.autotune.verify;

import static java.util.Locale.ROOT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Formula;
import tern.ir.KernelDef.Kind;
import tern.ir.KernelDef.Param;
import tern.ir.PackedMatrix;
import tern.ir.Packer;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.Buffer;
import tern.ir.device.CompileException;
import tern.ir.device.Device;
import tern.ir.device.DeviceException;
import tern.ir.device.Kernel;
import tern.ir.reference.Fault;
import tern.scheduler.Lowering;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.problem.Problem;

/// Runs a kernel on a device with hostile weights and activations and compares it with plain Java, bit for bit.
///
/// A float result could hide a wrong sum: scales round, relu forgets. So the int32 sums themselves are observed, through one
/// variant of the kernel for each of its sums: the same parameters, packing and schedule, hence the same loops over the weights, with
/// the bare sum as its formula and i32 as its result, exact for any k. Then the kernel itself is run, and its results
/// compared with the formula evaluated node by node, each operation rounded once.
///
/// Weights are packed by [Packer] and read back by [PackedMatrix] before they are used. A GEMM is launched with its largest n,
/// one token less, and one; results of tokens that were not asked for must stay as they were.
public final class ExactnessProof implements Prover {

    /// Stands in results before a launch.
    private static final byte UNTOUCHED = 0x6b;

    private final Device device;
    private final Scratch weightMemory, launchMemory;

    /// @param device on which all proofs of this object run
    public ExactnessProof(Device device) {
        this.device = device;
        weightMemory = new Scratch(device);
        launchMemory = new Scratch(device);
    }

    /// One proof.
    ///
    /// @param seed of the random weights, activations and scales
    public static Verdict prove(Device device, Problem problem, Packing packing, Schedule schedule, long seed) {
        return new ExactnessProof(device).prove(problem, packing, schedule, seed);
    }

    /// One proof of several, which share the device's memory.
    @Override
    public Verdict prove(Problem problem, Packing packing, Schedule schedule, long seed) {
        var run = new Run(problem, packing, schedule, seed);
        try {
            return run.prove(problem.kernel());
        } catch (InapplicableException | CompileException e) {
            return new Verdict.Refused(String.valueOf(e.getMessage()));
        } catch (Fault | DeviceException e) {
            return new Verdict.Wrong(problem.kernel().name(), String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            // A stage that falls over is a failure like another.
            StackTraceElement[] trace = e.getStackTrace();
            return new Verdict.Wrong(problem.kernel().name(), e + (trace.length == 0 ? "" : " at " + trace[0]));
        } finally {
            weightMemory.release();
            launchMemory.release();
        }
    }

    /// Kernels of which each shows one sum. None for a kernel with groups: another loop over the weights would be shown.
    static List<KernelDef> sums(KernelDef kernel) {
        if (kernel.group() > 0) return List.of();
        String activations = kernel.activations().name();
        Param result = new Param(kernel.result().name(), Kind.I32, kernel.result().dims());
        return kernel.weights().stream()
                .map(w -> new KernelDef(
                        kernel.name() + "_sum_" + w.name(), kernel.source(), kernel.line(), kernel.params(), result,
                        new Formula.Dot(activations, w.name())))
                .toList();
    }

    private final class Run {
        private final int m, k, n;
        private final Packing packing;
        private final Schedule schedule;
        private final long seed;
        private final Map<String, float[]> floats = new HashMap<>();
        private final Map<String, int[]> ints = new HashMap<>();
        private List<HostileWeights> weights = List.of();
        private int launches;
        private long results, sums;
        private final CRC32C packedBytes = new CRC32C(), sumBits = new CRC32C(), resultBits = new CRC32C();

        Run(Problem problem, Packing packing, Schedule schedule, long seed) {
            m = problem.m();
            k = problem.k();
            n = problem.tokens();
            this.packing = packing;
            this.schedule = schedule;
            this.seed = seed;
        }

        Verdict prove(KernelDef kernel) {
            drawParameters(kernel);
            Compiled itself = compile(kernel);
            List<Compiled> all = new ArrayList<>(sums(kernel).stream().map(this::compile).toList());
            all.add(itself);
            int few = Math.ceilDiv(HostileWeights.PATTERNS, Math.min(m, HostileWeights.PATTERNS));
            for (int shift = 0; shift < few; shift++) {
                var packed = new ArrayList<Buffer>();
                String problem = drawWeights(kernel, shift * m, packed);
                if (problem != null) return new Verdict.Wrong(itself.name(), problem);
                for (Compiled compiled : all) {
                    problem = problemOf(compiled, packed);
                    if (problem != null) return new Verdict.Wrong(compiled.name(), problem);
                }
            }
            var evidence = new Verdict.Evidence(packedBytes.getValue(), sumBits.getValue(), resultBits.getValue());
            return new Verdict.Exact(itself.name(), launches, results, sums, evidence);
        }

        private Compiled compile(KernelDef kernel) {
            Lowering lowering = Lowering.of(new Problem(kernel, m, k, n), packing, schedule);
            return new Compiled(
                    kernel, device.compile(lowering.prepare(), schedule.isa()), device.compile(lowering.multiply(), schedule.isa()), lowering.preparedBytes());
        }

        private void drawParameters(KernelDef kernel) {
            var random = new SplittableRandom(seed);
            for (Param param : kernel.params()) {
                int count = 1;
                if (param.kind() == Kind.WEIGHT || param.kind() == Kind.I8) continue;
                for (String dim : param.dims()) count *= KernelDef.size(dim, n, m, k);
                switch (param.kind()) {
                    case F16, BF16, F32 -> {
                        float[] values = new float[count];
                        for (int i = 0; i < count; i++) values[i] = rounded((float) random.nextDouble(-2, 2), param.kind());
                        floats.put(param.name(), values);
                    }
                    case I32 -> ints.put(param.name(), random.ints(count, -1000, 1000).toArray());
                    case WEIGHT, I8 -> {}
                }
            }
        }

        /// @return what is wrong with the packed weights, null if nothing is
        private @Nullable String drawWeights(KernelDef kernel, int shift, List<Buffer> packed) {
            var drawn = new ArrayList<HostileWeights>();
            for (int w = 0; w < kernel.weights().size(); w++) {
                var hostile = new HostileWeights(packing, m, k, shift + w, seed + w);
                drawn.add(hostile);
                PackedMatrix matrix = Packer.of(packing).pack(m, k, hostile, 1);
                byte[] back = new byte[k];
                for (int row = 0; row < m; row++) {
                    matrix.read(row, back);
                    int at = Arrays.mismatch(back, hostile.row(row));
                    if (at >= 0)
                        return String.format(ROOT, "weight at row %d, column %d: %d was packed, %d is read back", row, at, hostile.weight(row, at), back[at]);
                }
                // Kernels see whole words.
                Buffer buffer = weightMemory.take(matrix.bytes().byteSize() + 8);
                buffer.write(0, matrix.bytes());
                packedBytes.update(matrix.bytes().asByteBuffer());
                packed.add(buffer);
            }
            weights = drawn;
            return null;
        }

        private @Nullable String problemOf(Compiled compiled, List<Buffer> packed) {
            if (n == 1) {
                for (int shift = 0; shift < HostileActivations.PATTERNS; shift++) {
                    String problem = problemOf(compiled, packed, 1, shift);
                    if (problem != null) return problem;
                }
                return null;
            }
            int shift = 0;
            for (int tokens : new int[] {n, n - 1, 1}) {
                String problem = problemOf(compiled, packed, tokens, shift++);
                if (problem != null) return problem;
            }
            return null;
        }

        private @Nullable String problemOf(Compiled compiled, List<Buffer> packed, int tokens, int shift) {
            byte[] x = HostileActivations.of(tokens, k, shift, seed + shift);
            Buffer activations = launchMemory.take(x.length), prepared = launchMemory.take(compiled.preparedBytes());
            Buffer result = launchMemory.take(4L * n * m);
            activations.write(0, MemorySegment.ofArray(x));
            byte[] untouched = new byte[4 * n * m];
            Arrays.fill(untouched, UNTOUCHED);
            result.write(0, MemorySegment.ofArray(untouched));
            compiled.prepare().launch(List.of(activations, prepared), tokens, 0);
            compiled.multiply().launch(arguments(compiled.kernel(), prepared, packed, result), tokens, 0);
            int[] found = new int[n * m];
            result.read(0, MemorySegment.ofArray(found));
            launchMemory.release();
            launches++;
            return compare(compiled.kernel(), x, tokens, found);
        }

        private List<Buffer> arguments(KernelDef kernel, Buffer prepared, List<Buffer> packed, Buffer result) {
            var arguments = new ArrayList<Buffer>();
            int weight = 0;
            for (Param param : kernel.params())
                arguments.add(switch (param.kind()) {
                    case I8 -> prepared;
                    case WEIGHT -> packed.get(weight++);
                    case F16, BF16 -> upload(halves(value(floats, param), param.kind()));
                    case F32 -> upload(MemorySegment.ofArray(value(floats, param)));
                    case I32 -> upload(MemorySegment.ofArray(value(ints, param)));
                });
            arguments.add(result);
            return arguments;
        }

        private Buffer upload(MemorySegment values) {
            Buffer buffer = launchMemory.take(values.byteSize());
            buffer.write(0, values);
            return buffer;
        }

        private @Nullable String compare(KernelDef kernel, byte[] x, int tokens, int[] found) {
            var oracle = new Oracle(kernel, m, k, tokens, x, weights, floats, ints);
            boolean integers = kernel.result().kind() == Kind.I32;
            for (int token = 0; token < tokens; token++)
                for (int row = 0; row < m; row++) {
                    int expected = oracle.bits(kernel.formula(), token, row), bits = found[token * m + row];
                    if (bits != expected)
                        return String.format(ROOT, "%d x %d, %d tokens: result of token %d, row %d is %s, expected %s",
                                m, k, tokens, token, row, shown(bits, integers), shown(expected, integers));
                }
            for (int i = tokens * m; i < found.length; i++)
                if (found[i] != (UNTOUCHED & 0xff) * 0x01010101)
                    return String.format(ROOT, "%d x %d, %d tokens: the result of token %d, row %d, which was not asked for, was written",
                            m, k, tokens, i / m, i % m);
            results += (long) tokens * m;
            boolean bare = kernel.formula() instanceof Formula.Dot;
            if (bare) sums += (long) tokens * m;
            ByteBuffer bits = ByteBuffer.allocate(4 * tokens * m);
            bits.asIntBuffer().put(found, 0, tokens * m);
            (bare ? sumBits : resultBits).update(bits);
            return null;
        }
    }

    /// A number that the kind holds.
    private static float rounded(float value, Kind kind) {
        return switch (kind) {
            case F16 -> Float.float16ToFloat(Float.floatToFloat16(value));
            case BF16 -> Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xffff0000);
            case F32, I32, I8, WEIGHT -> value;
        };
    }

    private static MemorySegment halves(float[] values, Kind kind) {
        short[] halves = new short[values.length];
        for (int i = 0; i < values.length; i++)
            halves[i] = kind == Kind.F16 ? Float.floatToFloat16(values[i]) : (short) (Float.floatToRawIntBits(values[i]) >>> 16);
        return MemorySegment.ofArray(halves);
    }

    private static <T> T value(Map<String, T> values, Param param) {
        T value = values.get(param.name());
        if (value == null) throw new IllegalArgumentException("no values were drawn for " + param.name());
        return value;
    }

    private static String shown(int bits, boolean integer) {
        return integer ? Integer.toString(bits) : "%s (0x%08x)".formatted(Float.intBitsToFloat(bits), bits);
    }

    /// @param preparedBytes for the largest n
    private record Compiled(KernelDef kernel, Kernel prepare, Kernel multiply, long preparedBytes) {
        String name() {
            return multiply.name();
        }
    }
}
