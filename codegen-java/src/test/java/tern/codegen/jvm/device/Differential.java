package tern.codegen.jvm.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.device.Buffer;
import tern.ir.device.CompileException;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.Proved;
import tern.ir.loop.Buf;
import tern.ir.loop.Program;
import tern.ir.reference.ReferenceDevice;

/// Runs a program on the reference and on CPUs of every width, and compares every byte that they leave behind.
public final class Differential implements AutoCloseable {

    public static final int[] WIDTHS = {128, 256, 512};

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Device reference = new ReferenceDevice();
    private int repeats = 1;
    private final List<CpuDevice> devices = new ArrayList<>();

    /// @param threads of each CPU
    public Differential(int threads) {
        this(threads, WIDTHS);
    }

    /// @param widths of the machines, in bits
    public Differential(int threads, int... widths) {
        for (int width : widths) devices.add(new CpuDevice(threads, width));
    }

    /// Launches each kernel so often before its results are compared, on the same buffers: for programs without
    /// [Buf.Scope#INOUT] parameters.
    void repeat(int launches) {
        repeats = launches;
    }

    /// @return how many machines could run it: methods that HotSpot would not compile are refused
    public int check(Program program, int n, int position, Random random) {
        List<byte[]> inputs = inputs(program, n, position, random);
        List<byte[]> expected = run(reference, program, inputs, n, position, 1);
        int ran = 0;
        for (CpuDevice device : devices) {
            List<byte[]> actual;
            try {
                actual = run(device, program, inputs, n, position, repeats);
            } catch (CompileException e) {
                assertThat(e).hasMessageContaining("bytes of bytecode");
                continue;
            }
            for (int i = 0; i < expected.size(); i++)
                compare(program, "vectors of %d bits and %d threads".formatted(device.target().vectorBits(), device.target().cores()),
                        program.parameters().get(i), expected.get(i), actual.get(i));
            ran++;
        }
        return ran;
    }

    public static List<byte[]> inputs(Program program, int n, int position, Random random) {
        List<byte[]> inputs = new ArrayList<>();
        for (Buf buffer : program.parameters()) {
            int elements = (int) Extent.of(program.name(), buffer.extent()).at(n, position);
            byte[] bytes = new byte[elements * buffer.element().bytes()];
            if (buffer.scope() != Buf.Scope.OUT)
                for (int i = 0; i < elements; i++) put(MemorySegment.ofArray(bytes), i, buffer, random);
            inputs.add(bytes);
        }
        return inputs;
    }

    private static void put(MemorySegment bytes, int i, Buf buffer, Random random) {
        Interval values = buffer.values();
        long bits = bits(buffer.element(), random);
        if (values != null && buffer.element().isInteger() && buffer.element().bits() < 64)
            bits = values.low() + Math.floorMod(bits, values.high() - values.low() + 1);
        switch (buffer.element().bytes()) {
            case 1 -> bytes.set(ValueLayout.JAVA_BYTE, i, (byte) bits);
            case 2 -> bytes.set(SHORT, 2L * i, (short) bits);
            case 4 -> bytes.set(INT, 4L * i, (int) bits);
            default -> {
                bytes.set(INT, 8L * i, (int) bits);
                bytes.set(INT, 8L * i + 4, (int) (bits >>> 32));
            }
        }
    }

    /// Extremes as often as not.
    static long bits(Element element, Random random) {
        if (element == Element.BOOL) return random.nextInt(2);
        if (element.isFloat()) {
            float value = switch (random.nextInt(8)) {
                case 0 -> new float[] {0f, -0f, 1f, -1f, 0.5f, 2.5f, -3.5f, 1e-41f}[random.nextInt(8)];
                case 1 -> Float.intBitsToFloat(random.nextInt());
                case 2 -> random.nextInt(4) == 0 ? Float.POSITIVE_INFINITY : random.nextInt(1 << 26);
                case 3 -> (float) random.nextGaussian() * 1e-5f;
                default -> (float) random.nextGaussian() * 100;
            };
            return switch (element) {
                case F16 -> random.nextInt(3) == 0 ? random.nextInt() : Float.floatToFloat16(value);
                case BF16 -> random.nextInt(3) == 0 ? random.nextInt() : Float.floatToRawIntBits(value) >>> 16;
                default -> Float.floatToRawIntBits(value);
            };
        }
        long top = 1L << element.bits() - 1;
        return switch (random.nextInt(8)) {
            case 0 -> top;
            case 1 -> top - 1;
            case 2 -> -1;
            case 3 -> random.nextInt(4);
            default -> random.nextLong();
        };
    }

    public static List<byte[]> run(Device device, Program program, List<byte[]> inputs, int n, int position, int launches) {
        List<Buffer> arguments = new ArrayList<>();
        for (byte[] input : inputs) {
            Buffer buffer = device.allocate(input.length);
            buffer.write(0, MemorySegment.ofArray(input));
            arguments.add(buffer);
        }
        Kernel kernel = device instanceof CpuDevice cpu ? cpu.compile(Proved.wrapping(program)) : device.compile(program);
        for (int i = 0; i < launches; i++) kernel.launch(arguments, n, position);
        device.await();
        List<byte[]> results = new ArrayList<>();
        for (Buffer buffer : arguments) {
            byte[] bytes = new byte[(int) buffer.bytes()];
            buffer.read(0, MemorySegment.ofArray(bytes));
            results.add(bytes);
        }
        return results;
    }

    public static void compare(Program program, String with, Buf buffer, byte[] expected, byte[] actual) {
        int bytes = buffer.element().bytes();
        for (int i = 0; i < expected.length / bytes; i++) {
            long want = element(expected, i, bytes), have = element(actual, i, bytes);
            if (want == have || isNan(buffer.element(), want) && isNan(buffer.element(), have)) continue;
            fail("%s[%d] is %x, not %x, with %s, in%n%s", buffer, i, have, want, with, program);
        }
    }

    private static long element(byte[] bytes, int i, int size) {
        long value = 0;
        for (int b = size - 1; b >= 0; b--) value = value << 8 | bytes[i * size + b] & 0xff;
        return value;
    }

    /// The payload of a NaN is nobody's business.
    private static boolean isNan(Element element, long bits) {
        return switch (element) {
            case F32 -> Float.isNaN(Float.intBitsToFloat((int) bits));
            case F16 -> Float.isNaN(Float.float16ToFloat((short) bits));
            case BF16 -> Float.isNaN(Float.intBitsToFloat((int) bits << 16));
            default -> false;
        };
    }

    @Override
    public void close() {
        devices.forEach(CpuDevice::close);
        reference.close();
    }
}
