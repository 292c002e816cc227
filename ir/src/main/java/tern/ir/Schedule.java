package tern.ir;

/// How a kernel is computed on a kind of machine. Data only: printable, parsable, comparable.
public sealed interface Schedule {

    /// Name of the kernel definition.
    String kernel();

    /// Name of the packing of its weights.
    String packing();

    /// How a product with a code is formed.
    Strategy strategy();

    /// CPU: codes handled by one vector value, 1 = scalars; GPU: lanes of a warp that follow each other along k.
    int lanes();

    /// Row tiles whose accumulators stay in registers together.
    int rowTiles();

    /// Tokens whose accumulators stay in registers together.
    int tokens();

    /// k tiles between two widenings of the accumulators.
    default int kTiles() {
        return 1;
    }

    /// Blocks of row tiles that one core takes through k together.
    default int panel() {
        return 1;
    }

    /// Whether the codes of a tile are a loop over a table.
    default boolean rolled() {
        return false;
    }

    /// The ways to multiply by a code.
    enum Strategy {
        /// Code to digits to lanes, then multiply-add.
        DECODE,
        /// Once per activation vector a table of `sum_j digit_j(code) * x_j`; then one lookup and one add per code.
        TABULATE,
        /// Code to digits in unsigned bytes, multiplied in pairs by activations of 8 bits; what made the digits unsigned is taken off again by
        /// the sum of the activations.
        BYTES,
        /// The codes of a panel of rows to digits in bytes, then the processor's unit for products of matrices: for many tokens.
        MATRIX
    }

    /// On cores with vectors.
    ///
    /// @param lanes    codes handled by one vector value; 1 = scalars
    /// @param rowTiles row tiles whose accumulators stay in registers together
    /// @param tokens   tokens whose accumulators stay in registers together
    /// @param kTiles   k tiles between two widenings of the accumulators; the intervals allow no more than a certain number
    /// @param panel    blocks of row tiles that one core takes through k together, so that the activations of a block of k tiles stay in
    ///                 the nearest cache while these rows pass by
    /// @param rolled   true: the codes of a tile are a loop over a table, for tiles too large to be written out
    record Cpu(
            String kernel,
            String packing,
            Strategy strategy,
            int lanes,
            int rowTiles,
            int tokens,
            int kTiles,
            int panel,
            boolean rolled)
            implements Schedule {

        /// The same with panels of `blocks` blocks.
        public Cpu withPanel(int blocks) {
            return new Cpu(kernel, packing, strategy, lanes, rowTiles, tokens, kTiles, blocks, rolled);
        }
    }

    /// On warps of 32 lanes. Each lane reads a chunk of 16 bytes (or 8, or 4) of packed weights a step; the lanes of a warp lie `lanes`
    /// side by side along k and `32 / lanes` along the row tiles.
    ///
    /// @param unit     who multiplies
    /// @param lanes    along k: a power of two up to 32
    /// @param rowTiles row tiles of each lane
    /// @param tokens   tokens whose accumulators stay in registers together; a multiple of 8 for [Unit#MMA], [Unit#TILES] and [Unit#GROUPS]
    /// @param warps    of a block
    /// @param split    how many of them share the k of the same rows
    /// @param unroll   steps whose loads are under way together; for [Unit#TILES] and [Unit#GROUPS] the stages of the pipeline
    record Gpu(String kernel, String packing, Unit unit, int lanes, int rowTiles, int tokens, int warps, int split, int unroll)
            implements Schedule {
        public Gpu {
            if (lanes < 1 || lanes > 32 || Integer.bitCount(lanes) != 1)
                throw new IllegalArgumentException("lanes along k: a power of two up to 32, not " + lanes);
            if (rowTiles < 1 || tokens < 1 || unroll < 1) throw new IllegalArgumentException("a number below 1");
            if (warps < 1 || warps > 32 || split < 1 || warps % split != 0)
                throw new IllegalArgumentException("%d warps, of which %d share k".formatted(warps, split));
        }

        @Override
        public Strategy strategy() {
            return Strategy.DECODE;
        }
    }

    /// What multiplies digits with activations on a GPU.
    enum Unit {
        /// Each lane takes a code of its own: any packing, slowly.
        LANES,
        /// Dot products of four bytes.
        DP4A,
        /// Products of matrices by the tensor cores.
        MMA,
        /// The same for many tokens: the warps of a block share activations in shared memory, to which a pipeline of copies brings them.
        TILES,
        /// The same by groups of four warps, whose products and copies run on by themselves: on sm_90a alone.
        GROUPS
    }
}
