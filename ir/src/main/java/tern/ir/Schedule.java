package tern.ir;

import static java.util.Locale.ROOT;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import tern.ir.target.Isa;

/// How a kernel is computed on a kind of machine: a record for each unit that multiplies, with what can be chosen there and nothing else.
/// Data only: printable, parsable, comparable.
///
/// A new way to multiply is a record here and a line in [tern.ir.text], which reads and prints [#way] and [#numbers] and asks no more.
public sealed interface Schedule {

    /// Name of the kernel definition.
    String kernel();

    /// Name of the packing of its weights.
    String packing();

    /// The way to multiply, as the language calls it: the strategy on a CPU, the unit on a GPU.
    String way();

    /// What was chosen, by the words of the language, in the order in which it is printed.
    SequencedMap<String, Integer> numbers();

    /// In a few words, for tables: the way, and the numbers that shape it.
    String brief();

    /// Instructions that the kernel uses alone; null for all that the processor has.
    default @Nullable Isa isa() {
        return null;
    }

    /// Row tiles whose sums are computed together.
    default int rowTiles() {
        return 1;
    }

    /// Tokens whose sums are computed together.
    default int tokens() {
        return 1;
    }

    /// On the cores of a processor.
    sealed interface Cpu extends Schedule {
        /// All that there are.
        List<String> WAYS = List.of("decode", "tabulate", "bytes", "fours", "matrix");
    }

    /// On the warps of a GPU, 32 lanes each.
    sealed interface Gpu extends Schedule {
        /// All that there are.
        List<String> WAYS = List.of("lanes", "dp4a", "mma", "tiles", "warpgroups");
    }

    /// What vectors make of a code.
    enum Strategy {
        /// Code to digits to lanes, then multiply-add.
        DECODE,
        /// Once per activation vector a table of `sum_j digit_j(code) * x_j`; then one lookup and one add per code.
        TABULATE,
        /// Code to digits in unsigned bytes, multiplied in pairs by activations of 8 bits; what made the digits unsigned is taken off again by
        /// the sum of the activations.
        BYTES,
        /// The same, multiplied in fours: sums of 32 bits at once.
        FOURS;

        /// Whether digits are unsigned bytes.
        public boolean isOfBytes() {
            return this == BYTES || this == FOURS;
        }
    }

    /// With vectors.
    ///
    /// @param lanes    codes handled by one vector value; 1 = scalars
    /// @param rowTiles row tiles whose accumulators stay in registers together
    /// @param tokens   tokens whose accumulators stay in registers together
    /// @param kTiles   k tiles between two widenings of the accumulators; the intervals allow no more than a certain number
    /// @param cacheBlock    blocks of row tiles that one core takes through k together, so that the activations of a block of k tiles stay in
    ///                 the nearest cache while these rows pass by
    /// @param rolled   true: the codes of a tile are a loop over a table, for tiles too large to be written out
    /// @param prefetch bytes of weights, of each row tile, that the processor is asked to bring ahead of their use; 0 = it is not asked
    /// @param isa      instructions that machine code uses alone; null for all that the processor has
    record Vector(
            String kernel,
            String packing,
            Strategy strategy,
            int lanes,
            int rowTiles,
            int tokens,
            int kTiles,
            int cacheBlock,
            boolean rolled,
            int prefetch,
            @Nullable Isa isa)
            implements Cpu {

        /// With all instructions of the processor.
        public Vector(
                String kernel, String packing, Strategy strategy, int lanes, int rowTiles, int tokens, int kTiles, int cacheBlock, boolean rolled,
                int prefetch) {
            this(kernel, packing, strategy, lanes, rowTiles, tokens, kTiles, cacheBlock, rolled, prefetch, null);
        }

        /// Without prefetches.
        public Vector(
                String kernel, String packing, Strategy strategy, int lanes, int rowTiles, int tokens, int kTiles, int cacheBlock, boolean rolled) {
            this(kernel, packing, strategy, lanes, rowTiles, tokens, kTiles, cacheBlock, rolled, 0);
        }

        public Vector {
            requirePositive(lanes, rowTiles, tokens, kTiles, cacheBlock);
            if (prefetch < 0) throw new IllegalArgumentException("prefetches " + prefetch + " bytes ahead");
            if (rolled && strategy.isOfBytes()) throw new IllegalArgumentException("bytes are multiplied in written-out code alone");
        }

        /// The same with cache blocks of `blocks` blocks.
        public Vector withPanel(int blocks) {
            return new Vector(kernel, packing, strategy, lanes, rowTiles, tokens, kTiles, blocks, rolled, prefetch, isa);
        }

        /// The same with weights brought `bytes` ahead.
        public Vector withPrefetch(int bytes) {
            return new Vector(kernel, packing, strategy, lanes, rowTiles, tokens, kTiles, cacheBlock, rolled, bytes, isa);
        }

        /// The same with these instructions alone.
        public Vector withIsa(Isa instructions) {
            return new Vector(kernel, packing, strategy, lanes, rowTiles, tokens, kTiles, cacheBlock, rolled, prefetch, instructions);
        }

        @Override
        public String way() {
            return strategy.name().toLowerCase(Locale.ROOT);
        }

        @Override
        public SequencedMap<String, Integer> numbers() {
            var numbers = words("lanes", lanes, "row tiles", rowTiles, "tokens", tokens, "k tiles", kTiles, "cache block", cacheBlock);
            if (prefetch > 0) numbers.put("prefetch", prefetch);
            return numbers;
        }

        @Override
        public String brief() {
            return way() + " " + lanes + "x" + rowTiles + "x" + tokens + " k" + kTiles + (cacheBlock == 1 ? "" : " p" + cacheBlock) + (rolled ? " rolled" : "")
                    + (prefetch == 0 ? "" : " f" + prefetch) + (isa == null ? "" : " " + isa);
        }
    }

    /// With a core's unit for products of matrices: the codes of some rows to digits in bytes once for many tokens, then products.
    ///
    /// @param tokens that are multiplied together: 16 or 32
    /// @param kTiles whose digits are made, then multiplied
    record Matrix(String kernel, String packing, int tokens, int kTiles) implements Cpu {

        public Matrix {
            requirePositive(tokens, kTiles);
        }

        @Override
        public String way() {
            return "matrix";
        }

        @Override
        public SequencedMap<String, Integer> numbers() {
            return words("tokens", tokens, "k tiles", kTiles);
        }

        @Override
        public String brief() {
            return "matrix " + tokens + " k" + kTiles;
        }
    }

    /// Each lane takes a code of its own: any packing, slowly.
    record Lanes(String kernel, String packing) implements Gpu {
        @Override
        public String way() {
            return "lanes";
        }

        @Override
        public SequencedMap<String, Integer> numbers() {
            return words();
        }

        @Override
        public String brief() {
            return way();
        }
    }

    /// Dot products of four bytes. Each lane reads a chunk of 16 bytes (or 8, or 4) of packed weights a step; the lanes of a warp lie
    /// `lanes` side by side along k and `32 / lanes` along the row tiles.
    ///
    /// @param lanes    along k: a power of two up to 32
    /// @param rowTiles row tiles of each lane
    /// @param tokens   tokens whose accumulators stay in registers together
    /// @param warps    of a block
    /// @param split    how many of them share the k of the same rows
    /// @param unroll   steps whose loads are under way together
    record Dp4a(String kernel, String packing, int lanes, int rowTiles, int tokens, int warps, int split, int unroll) implements Gpu {
        public Dp4a {
            if (lanes < 1 || lanes > 32 || Integer.bitCount(lanes) != 1)
                throw new IllegalArgumentException("lanes along k: a power of two up to 32, not " + lanes);
            requirePositive(rowTiles, tokens, unroll);
            requireWarps(warps, split);
        }

        @Override
        public String way() {
            return "dp4a";
        }

        @Override
        public SequencedMap<String, Integer> numbers() {
            return words("k lanes", lanes, "row tiles", rowTiles, "tokens", tokens, "warps", warps, "split", split, "unroll", unroll);
        }

        @Override
        public String brief() {
            return "dp4a " + lanes + "x" + rowTiles + "x" + tokens + " w" + warps + " s" + split + " u" + unroll;
        }
    }

    /// Products of matrices by the tensor cores, four lanes along k.
    ///
    /// @param rowTiles row tiles of each lane
    /// @param tokens   whose accumulators stay in registers together; a multiple of 8
    /// @param warps    of a block
    /// @param split    how many of them share the k of the same rows
    /// @param unroll   steps whose loads are under way together
    record Mma(String kernel, String packing, int rowTiles, int tokens, int warps, int split, int unroll) implements Gpu {
        public Mma {
            requirePositive(rowTiles, tokens, unroll);
            requireWarps(warps, split);
        }

        @Override
        public String way() {
            return "mma";
        }

        @Override
        public SequencedMap<String, Integer> numbers() {
            return words("row tiles", rowTiles, "tokens", tokens, "warps", warps, "split", split, "unroll", unroll);
        }

        @Override
        public String brief() {
            return "mma " + rowTiles + "x" + tokens + " w" + warps + " s" + split + " u" + unroll;
        }
    }

    /// The same for many tokens: the warps of a block share activations in shared memory, to which a pipeline of copies brings them.
    ///
    /// @param rowTiles row tiles of each lane
    /// @param tokens   of a block; a multiple of 8
    /// @param warps    of a block
    /// @param stages   of the pipeline
    record Tiles(String kernel, String packing, int rowTiles, int tokens, int warps, int stages) implements Gpu {
        public Tiles {
            requirePositive(rowTiles, tokens, stages);
            requireWarps(warps, 1);
        }

        @Override
        public String way() {
            return "tiles";
        }

        @Override
        public SequencedMap<String, Integer> numbers() {
            return words("row tiles", rowTiles, "tokens", tokens, "warps", warps, "stages", stages);
        }

        @Override
        public String brief() {
            return "tiles " + rowTiles + "x" + tokens + " w" + warps + ", " + stages + " stages";
        }
    }

    /// The same by groups of four warps, whose products and copies run on by themselves: on sm_90a alone.
    ///
    /// @param rowTiles row tiles of each lane
    /// @param tokens   of a block; a multiple of 8
    /// @param warps    of a block
    /// @param stages   of the pipeline
    record Warpgroups(String kernel, String packing, int rowTiles, int tokens, int warps, int stages) implements Gpu {
        public Warpgroups {
            requirePositive(rowTiles, tokens, stages);
            requireWarps(warps, 1);
        }

        @Override
        public String way() {
            return "warpgroups";
        }

        @Override
        public SequencedMap<String, Integer> numbers() {
            return words("row tiles", rowTiles, "tokens", tokens, "warps", warps, "stages", stages);
        }

        @Override
        public String brief() {
            return "warpgroups " + rowTiles + "x" + tokens + " w" + warps + ", " + stages + " stages";
        }
    }

    private static SequencedMap<String, Integer> words(Object... pairs) {
        var numbers = new LinkedHashMap<String, Integer>();
        for (int i = 0; i < pairs.length; i += 2) numbers.put((String) pairs[i], (Integer) pairs[i + 1]);
        return numbers;
    }

    private static void requirePositive(int... numbers) {
        for (int number : numbers) if (number < 1) throw new IllegalArgumentException("a number below 1");
    }

    private static void requireWarps(int warps, int split) {
        if (warps < 1 || warps > 32 || split < 1 || warps % split != 0)
            throw new IllegalArgumentException(String.format(ROOT, "%d warps, of which %d share k", warps, split));
    }
}
