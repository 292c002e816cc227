package tern.examples;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import tern.ir.KernelDef;
import tern.ir.Packer;
import tern.ir.Packing;
import tern.ir.Rows;
import tern.ir.Schedule;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.reference.ReferenceDevice;
import tern.ir.text.Tir;
import tern.scheduler.Lowering;
import tern.scheduler.problem.Problem;

/// From a text to a running kernel, a straight line: text, schedule, loops, bytecode, result. The result is compared with three
/// loops in plain Java.
public final class Ex02Kernel {

    private static final int M = 64, K = 90;

    private Ex02Kernel() {}

    public static void main(String[] args) throws IOException {
        run(System.out);
    }

    static void run(PrintStream out) throws IOException {
        Tir tir = Examples.text("02-kernel.tir");
        KernelDef product = tir.kernel("product");
        Packing nine = tir.packing("nine");
        out.println("---- text\n" + tir.print());

        // tern.scheduler.Candidates proposes schedules and ranks them; this one stands in the text.
        Schedule schedule = tir.schedules().getFirst().schedule();
        out.println("---- schedule\n" + schedule);

        Lowering lowering = Lowering.of(new Problem(product, M, K, 1), nine, schedule);
        out.println("\n---- loops: prepare, the tables of an activation vector\n" + lowering.prepare());
        out.println("---- loops: multiply\n" + lowering.multiply());

        byte[] x = new byte[K];
        byte[][] w = new byte[M][K];
        var random = new SplittableRandom(2);
        random.nextBytes(x);
        for (byte[] row : w) for (int i = 0; i < K; i++) row[i] = (byte) random.nextInt(-1, 2);

        int[] expected = multiply(x, w);
        try (Device reference = new ReferenceDevice();
                Device cpu = Examples.cpu("bytecode")) {
            out.println("---- bytecode: multiply, the lookups\n" + lookups(cpu.compile(lowering.multiply())));
            out.println("---- result");
            for (Device device : List.of(reference, cpu)) {
                int[] y = multiply(device, lowering, nine, x, w);
                out.printf("%-10s %s ...%n", device.target().name(), Arrays.toString(Arrays.copyOf(y, 8)));
                if (!Arrays.equals(y, expected)) throw new AssertionError(device.target().name() + " computed otherwise");
            }
        }
        out.printf("plain Java says the same of all %d%n", M);
    }

    /// What the kernel means.
    private static int[] multiply(byte[] x, byte[][] w) {
        int[] y = new int[M];
        for (int j = 0; j < M; j++) for (int i = 0; i < K; i++) y[j] += x[i] * w[j][i];
        return y;
    }

    /// The same for any device: buffers, launches, and nothing else.
    private static int[] multiply(Device device, Lowering lowering, Packing packing, byte[] x, byte[][] w) {
        Rows rows = (row, digits) -> System.arraycopy(w[row], 0, digits, 0, K);
        Buffer activations = upload(device, MemorySegment.ofArray(x));
        Buffer weights = upload(device, Packer.of(packing).pack(M, K, rows, 1).bytes());
        Buffer prepared = device.allocate(lowering.preparedBytes());
        Buffer result = device.allocate(4L * M);
        device.compile(lowering.prepare()).launch(List.of(activations, prepared), 1, 0);
        device.compile(lowering.multiply()).launch(List.of(prepared, weights, result), 1, 0);
        int[] y = new int[M];
        result.read(0, MemorySegment.ofArray(y));
        return y;
    }

    private static Buffer upload(Device device, MemorySegment bytes) {
        Buffer buffer = device.allocate(bytes.byteSize());
        buffer.write(0, bytes);
        return buffer;
    }

    /// The first lookup of a listing, with some lines around it.
    private static String lookups(Kernel kernel) {
        List<String> lines = kernel.listing().lines().toList();
        int at = 0;
        while (at < lines.size() && !lines.get(at).contains("selectFrom")) at++;
        return lines.subList(Math.max(0, at - 6), Math.min(lines.size(), at + 6)).stream().collect(joining("\n", "...\n", "\n...\n"));
    }
}
