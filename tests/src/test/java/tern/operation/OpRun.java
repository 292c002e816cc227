package tern.operation;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import tern.codegen.jvm.device.CodeChoice;
import tern.codegen.jvm.device.CpuDevice;
import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Int8Head;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.OpSignature;
import tern.ir.reference.ReferenceDevice;

/// One launch of an operation, on the reference and on the CPU, from the same bytes.
record OpRun(Op op, int n, int position, List<byte[]> arguments) {

    /// What the floats of a launch look like.
    enum Values {
        NORMAL,
        ZERO,
        /// Products still fit, sums of squares do not.
        HUGE,
        SUBNORMAL
    }

    static OpRun of(Op op, int n, int position, Values values, long seed) {
        long[] bytes = OpSignature.bytes(op, n);
        SplittableRandom random = new SplittableRandom(seed);
        DoubleSupplier next = switch (values) {
            case NORMAL -> random::nextGaussian;
            case ZERO -> () -> 0;
            case HUGE -> () -> 1e18 * random.nextGaussian();
            case SUBNORMAL -> () -> 1e-40 * random.nextGaussian();
        };
        List<byte[]> arguments = new ArrayList<>();
        for (int i = 0; i < bytes.length; i++) {
            byte[] argument = new byte[Math.toIntExact(bytes[i])];
            if (op instanceof Op.Embed(int vocabulary, _, _, _) && i == 0) tokens(argument, vocabulary, random);
            else floats(argument, elementOf(op, i), next);
            if (op instanceof Op.Attention attention && attention.layout().isScaled() && (i == 1 || i == 2))
                scaled(argument, attention.layout(), next, random);
            arguments.add(argument);
        }
        if (op instanceof Op.RaggedBatch batch) batched(batch, n, position, arguments, next, random);
        if (op instanceof Op.TopLogits top) arguments.set(2, int8Head(top, arguments.get(1)));
        return new OpRun(op, n, position, arguments);
    }

    /// Tokens of the slots one after the other, those of the last slot up to the position; pages in any order.
    private static void batched(Op.RaggedBatch batch, int n, int position, List<byte[]> arguments, DoubleSupplier next, SplittableRandom random) {
        CacheLayout whole = switch (batch.of()) {
            case Op.Attention attention -> attention.layout();
            case Op.RopeAppend rope -> rope.layout();
            default -> throw new AssertionError(batch);
        };
        CacheLayout layout = batch.pages() == 0 ? whole : whole.page();
        for (int a = 1; a <= 2 && layout.isScaled(); a++)
            for (long at = 0; at < arguments.get(a).length; at += layout.apart()) {
                byte[] one = new byte[(int) layout.bytes()];
                scaled(one, layout, next, random);
                System.arraycopy(one, 0, arguments.get(a), (int) at, one.length);
            }
        ByteBuffer places = ByteBuffer.wrap(arguments.get(arguments.size() - (batch.pages() == 0 ? 1 : 2))).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < n; i++) {
            int slot = i * batch.slots() / n, first = Math.ceilDiv(slot * n, batch.slots()), count = Math.ceilDiv((slot + 1) * n, batch.slots()) - first;
            places.putInt(slot).putInt((position + 1 - count) * (slot + 1) / batch.slots() + i - first);
        }
        if (batch.pages() == 0) return;
        ByteBuffer table = ByteBuffer.wrap(arguments.getLast()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; table.hasRemaining(); i++) table.putInt((i * 7 + 2) % batch.pages());
    }

    /// Outputs are filled as well: nothing may shine through.
    private static Element elementOf(Op op, int argument) {
        return switch (op) {
            case Op.Embed(_, _, Element table, _) -> argument == 1 ? table : Element.F32;
            case Op.Head(_, _, Element table, _) -> argument == 1 ? table : Element.F32;
            case Op.RopeAppend rope -> argument == 0 ? Element.F32 : rope.cache();
            case Op.Attention attention -> argument == 1 || argument == 2 ? attention.cache() : Element.F32;
            case Op.NormQuantise _ -> argument == 2 ? Element.I8 : Element.F32;
            case Op.Quantise _ -> argument == 1 ? Element.I8 : Element.F32;
            case Op.TopLogits(_, _, Element table, _) -> argument == 1 ? table : Element.F32;
            case Op.Norm _, Op.NormAdd _, Op.HeadNorm _, Op.Gate _, Op.Join _ -> Element.F32;
            case Op.RaggedBatch(Op of, _, _) -> elementOf(of, argument);
        };
    }

    /// Of a table.
    static byte[] int8Head(Op.TopLogits op, byte[] table) {
        Int8Head int8Head = new Int8Head(op.vocabulary(), op.width());
        byte[] bytes = new byte[(int) int8Head.bytes()];
        ByteBuffer values = ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
        float[] row = new float[op.width()];
        for (int v = 0; v < op.vocabulary(); v++) {
            for (int i = 0; i < row.length; i++)
                row[i] = switch (op.element()) {
                    case F16 -> Float.float16ToFloat(values.getShort());
                    case BF16 -> Float.intBitsToFloat(values.getShort() << 16);
                    default -> values.getFloat();
                };
            int8Head.write(v, row, MemorySegment.ofArray(bytes));
        }
        return bytes;
    }

    private static void tokens(byte[] argument, int vocabulary, SplittableRandom random) {
        ByteBuffer buffer = ByteBuffer.wrap(argument).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) buffer.putInt(random.nextInt(vocabulary));
    }

    /// Any bytes, and scales that are no more than those of written rows.
    private static void scaled(byte[] argument, CacheLayout layout, DoubleSupplier next, SplittableRandom random) {
        random.nextBytes(argument);
        ByteBuffer buffer = ByteBuffer.wrap(argument).order(ByteOrder.LITTLE_ENDIAN);
        for (int g = 0; g < layout.kvHeads(); g++)
            for (int p = 0; p < layout.context(); p++)
                buffer.putFloat((int) layout.scale(g, p), (float) Math.abs(next.getAsDouble()) / CacheLayout.LARGEST);
    }

    private static void floats(byte[] argument, Element element, DoubleSupplier next) {
        ByteBuffer buffer = ByteBuffer.wrap(argument).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            float value = (float) next.getAsDouble();
            switch (element) {
                case F32 -> buffer.putFloat(value);
                case F16 -> buffer.putShort(Float.floatToFloat16(Math.clamp(value, -65504f, 65504f)));
                case BF16 -> buffer.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
                default -> buffer.put((byte) 99);
            }
        }
    }

    /// All arguments after the launch.
    List<byte[]> reference() {
        try (var device = new ReferenceDevice()) {
            return on(device, device.compile(op));
        }
    }

    /// All arguments after the launch.
    List<byte[]> on(Device device, Kernel kernel) {
        List<Buffer> buffers = new ArrayList<>();
        for (byte[] argument : arguments) {
            Buffer buffer = device.allocate(argument.length);
            buffer.write(0, MemorySegment.ofArray(argument));
            buffers.add(buffer);
        }
        kernel.launch(buffers, n, position);
        List<byte[]> results = new ArrayList<>();
        for (Buffer buffer : buffers) {
            byte[] result = new byte[(int) buffer.bytes()];
            buffer.read(0, MemorySegment.ofArray(result));
            results.add(result);
        }
        return results;
    }

    /// All arguments after the launch.
    List<byte[]> cpu(Cpu cpu) {
        try (Arena arena = Arena.ofConfined()) {
            List<MemorySegment> memory = new ArrayList<>();
            for (byte[] argument : arguments) {
                // After each argument lies what must neither be written nor show in a result.
                MemorySegment segment = arena.allocate(argument.length + 64L, 64).fill((byte) 0x7e);
                memory.add(segment.asSlice(0, argument.length).copyFrom(MemorySegment.ofArray(argument)));
            }
            cpu.kernel(op).launch(memory.stream().map(cpu.device()::share).toList(), n, position);
            for (MemorySegment segment : memory) untouched(segment);
            return memory.stream().map(segment -> segment.toArray(ValueLayout.JAVA_BYTE)).toList();
        }
    }

    /// A processor with its kernels, each compiled once.
    ///
    /// @param again whether each is compiled twice: then the second is what the first has kept
    record Cpu(CpuDevice device, String name, boolean again, Map<Op, Kernel> kernels) implements AutoCloseable {
        static Cpu of(int workers, CodeChoice code) {
            return new Cpu(new CpuDevice(workers, code), workers + " workers, " + code, false, new HashMap<>());
        }

        /// One that finds its kernels as a second process does.
        static Cpu keeping(int workers, Path folder) {
            Cpu cpu = new Cpu(new CpuDevice(workers, CodeChoice.MACHINE), workers + " workers, kept machine code", true, new HashMap<>());
            cpu.device.keepCode(folder);
            return cpu;
        }

        Kernel kernel(Op op) {
            return kernels.computeIfAbsent(op, one -> {
                if (again) device.compile(one);
                return device.compile(one);
            });
        }

        @Override
        public void close() {
            device.close();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    @SuppressWarnings("restricted") // what lies after an argument is the test's own
    private static void untouched(MemorySegment argument) {
        MemorySegment behind = MemorySegment.ofAddress(argument.address() + argument.byteSize()).reinterpret(64);
        for (int i = 0; i < 64; i++)
            if (behind.get(ValueLayout.JAVA_BYTE, i) != 0x7e)
                throw new AssertionError("byte " + i + " behind an argument of " + argument.byteSize() + " bytes was written");
    }

    @Override
    public String toString() {
        return OpSignature.name(op) + " n=" + n + " position=" + position;
    }
}
