package tern.examples;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.SplittableRandom;
import tern.ir.PackedCode;
import tern.ir.PackedMatrix;
import tern.ir.Packer;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.ir.Rows;

/// A packing is a text. `01-packing.tir` is one; from it come the proof that it stores every weight once, the packer, and the way
/// back.
public final class Ex01Packing {

    private static final int M = 100, K = 23, WORDS = 3;

    private Ex01Packing() {}

    public static void main(String[] args) throws IOException {
        run(System.out);
    }

    static void run(PrintStream out) throws IOException {
        Packing packing = Examples.text("01-packing.tir").packing("byte5");

        PackingCheck.Report report = PackingCheck.of(packing);
        report.require();
        out.println("checked: " + report);

        out.println("\nwords of a tile, and the weights in them as row,k:");
        packing.codes().stream().limit(WORDS).forEach(code -> out.println(draw(code, packing)));
        out.println("... of " + packing.words());

        byte[][] weights = trits(new SplittableRandom(1));
        Rows rows = (row, digits) -> System.arraycopy(weights[row], 0, digits, 0, K);
        PackedMatrix packed = Packer.of(packing).pack(M, K, rows, 1);
        out.printf("%n%d x %d weights in %d bytes: %d x %d tiles, the last ones padded%n",
                M, K, packed.bytes().byteSize(), packing.rowTiles(M), packing.columnTiles(K));

        byte[] back = new byte[K];
        for (int row = 0; row < M; row++) {
            packed.read(row, back);
            if (!Arrays.equals(back, weights[row])) throw new AssertionError("row " + row + " came back otherwise");
        }
        out.println("all of them read back as they were");
    }

    /// A code with one field: its word, its lowest bit there, and its weights.
    private static String draw(PackedCode code, Packing packing) {
        var places = new String[code.rows().length];
        for (int j = 0; j < places.length; j++) places[j] = code.rows()[j] + "," + code.columns()[j];
        return "  %s %d from bit %d: %s".formatted(
                packing.word(), code.word(0, packing), code.shift(0, packing), Arrays.stream(places).collect(joining("  ")));
    }

    private static byte[][] trits(SplittableRandom random) {
        byte[][] weights = new byte[M][K];
        for (byte[] row : weights) for (int i = 0; i < K; i++) row[i] = (byte) random.nextInt(-1, 2);
        return weights;
    }
}
