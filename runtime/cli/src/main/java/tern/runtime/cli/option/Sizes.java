package tern.runtime.cli.option;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tern.ir.Packing;

/// Sizes of a kernel, as options.
public final class Sizes {

    @Option(names = "--m", paramLabel = "M", description = "Weight rows (outputs). Default: the command's.")
    private @Nullable Integer m;

    @Option(names = "--k", paramLabel = "K", description = "Inputs. Default: the command's.")
    private @Nullable Integer k;

    @Option(names = "--n", paramLabel = "N", description = "Most tokens; 1 for a GEMV. Default: the command's.")
    private @Nullable Integer n;

    /// m, k and n of a kernel.
    ///
    /// @param n most tokens
    public record Chosen(int m, int k, int n) {
        public Chosen {
            if (m < 1 || k < 1 || n < 1 || m > 1 << 20 || k > 1 << 20 || n > 1 << 12)
                throw new IllegalArgumentException(
                        "m = %d, k = %d, n = %d; expected m and k from 1 to %d, n from 1 to %d".formatted(m, k, n, 1 << 20, 1 << 12));
            if ((long) m * k > 1 << 28)
                throw new IllegalArgumentException("m * k = %d weights, at most %d".formatted((long) m * k, 1 << 28));
        }
    }

    /// `M,K` or `M,K,N`; n is 32 if left out.
    ///
    /// @throws IllegalArgumentException if it is something else
    public static Chosen parse(String text) {
        String[] parts = text.split(",", -1);
        if (parts.length < 2 || parts.length > 3) throw new IllegalArgumentException("--shape " + text + ": expected M,K or M,K,N");
        try {
            return new Chosen(
                    Integer.parseInt(parts[0].strip()),
                    Integer.parseInt(parts[1].strip()),
                    parts.length == 3 ? Integer.parseInt(parts[2].strip()) : 32);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--shape " + text + ": expected M,K or M,K,N in digits", e);
        }
    }

    public boolean isGiven() {
        return m != null || k != null || n != null;
    }

    public Chosen or(int otherM, int otherK, int otherN) {
        return new Chosen(m != null ? m : otherM, k != null ? k : otherK, n != null ? n : otherN);
    }

    /// Small sizes that do not divide by the tile, with enough row tiles for blocks of them and enough k for sums to be widened.
    public Chosen orAwkward(Packing packing) {
        int rows = packing.rows() == 1 ? 8 : 4 * packing.rows() - 1;
        int columns = packing.columns() * Math.ceilDiv(260, packing.columns()) + 1;
        return or(rows, columns, 5);
    }
}
