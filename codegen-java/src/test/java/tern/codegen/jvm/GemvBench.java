package tern.codegen.jvm;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import tern.ir.device.Buffer;
import tern.ir.device.Kernel;

/// Prints the speed of [Gemv], hot (24 blocks) and cold (matrices taken in turn from 700 MB).
final class GemvBench {

    public static void main(String[] arguments) throws Exception {
        int threads = Integer.parseInt(arguments[0]);
        Random random = new Random(1);
        try (CpuDevice device = new CpuDevice(threads)) {
            for (int[] shape : new int[][] {{2560, 2560}, {3840, 2560}, {13824, 2560}, {2560, 6912}})
                for (int r : new int[] {4, 8}) measure(device, shape[0], shape[1], r, random);
        }
    }

    private static void measure(CpuDevice device, int m, int k, int r, Random random) {
        int blocks = m / 32, tiles = (k + 8) / 9;
        Kernel kernel = device.compile(new Gemv(blocks, tiles, r).program());
        Kernel hotKernel = device.compile(new Gemv(24, tiles, r).program());
        long bytes = (long) blocks * tiles * 64;
        int copies = (int) Math.max(2, (700L << 20) / bytes);
        Buffer[] weights = new Buffer[copies];
        byte[] data = new byte[(int) bytes];
        for (int i = 0; i < data.length; i += 2) {
            int code = random.nextInt(27) | random.nextInt(27) << 5 | random.nextInt(27) << 10;
            data[i] = (byte) code;
            data[i + 1] = (byte) (code >> 8);
        }
        for (int i = 0; i < copies; i++) {
            weights[i] = device.allocate(bytes);
            weights[i].write(0, MemorySegment.ofArray(data));
        }
        byte[] table = new byte[tiles * 192];
        for (int i = 0; i < table.length; i += 2) table[i] = (byte) random.nextInt();
        Buffer tables = device.allocate(table.length), y = device.allocate(m * 4L);
        tables.write(0, MemorySegment.ofArray(table));
        List<List<Buffer>> cold = java.util.Arrays.stream(weights).map(w -> List.of(w, tables, y)).toList();
        for (int i = 0; i < 400; i++) {
            hotKernel.launch(cold.getFirst(), 1, 0);
            kernel.launch(cold.getFirst(), 1, 0);
        }
        double[] hot = new double[11], coldRates = new double[11];
        int at = 0;
        for (int round = 0; round < 11; round++) {
            long t0 = System.nanoTime();
            for (int i = 0; i < 200; i++) hotKernel.launch(cold.getFirst(), 1, 0);
            hot[round] = 200.0 * 24 * 32 * k / (System.nanoTime() - t0);
            int reps = Math.max(8, copies / 8);
            t0 = System.nanoTime();
            for (int i = 0; i < reps; i++) kernel.launch(cold.get(at++ % copies), 1, 0);
            coldRates[round] = (double) reps * m * k / (System.nanoTime() - t0);
        }
        java.util.Arrays.sort(hot);
        java.util.Arrays.sort(coldRates);
        System.out.printf("%dx%d r%d threads %d: hot %.0f, cold %.0f G weights/s (%.1f GB/s)%n", m, k, r,
                device.target().cores(), hot[5], coldRates[5], coldRates[5] * bytes / ((double) m * k));
    }
}
