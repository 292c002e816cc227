package tern.ir;

/// How a kernel is computed on a kind of machine. Data only: printable, parsable, comparable.
///
/// @param kernel   name of the kernel definition
/// @param packing  name of the packing of its weights
/// @param strategy how a product with a code is formed
/// @param lanes    codes handled by one vector value; 1 = scalars
/// @param rowTiles row tiles whose accumulators stay in registers together
/// @param tokens   tokens whose accumulators stay in registers together
/// @param kTiles   k tiles between two widenings of the accumulators; the intervals allow no more than a certain number
/// @param panel    blocks of row tiles that one core takes through k together, so that the activations of a block of k tiles stay in the
///                 nearest cache while these rows pass by
/// @param rolled   true: the codes of a tile are a loop over a table, for tiles too large to be written out
public record Schedule(
        String kernel,
        String packing,
        Strategy strategy,
        int lanes,
        int rowTiles,
        int tokens,
        int kTiles,
        int panel,
        boolean rolled) {

    /// The same with panels of `blocks` blocks.
    public Schedule withPanel(int blocks) {
        return new Schedule(kernel, packing, strategy, lanes, rowTiles, tokens, kTiles, blocks, rolled);
    }

    /// The two ways to multiply by a code.
    public enum Strategy {
        /// Code to digits to lanes, then multiply-add.
        DECODE,
        /// Once per activation vector a table of `sum_j digit_j(code) * x_j`; then one lookup and one add per code.
        TABULATE
    }
}
