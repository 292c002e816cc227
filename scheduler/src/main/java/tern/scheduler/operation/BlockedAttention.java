package tern.scheduler.operation;

import java.util.stream.IntStream;
import tern.ir.Op;
import tern.ir.loop.Program;
import tern.ir.target.Target;

/// [Op.Attention] by blocks of positions, in two ways of which the number of tokens decides:
///
/// ```
/// split   few tokens: every block of every token is somebody's work; then each head's blocks are put together   AttentionSplit
/// tiles   many tokens: a tile of tokens takes block after block                                                  AttentionTiles
/// ```
///
/// Both compute the same sums of a block, in the same order: the scores; the weights; weighted values. A position that a token does not see has the
/// weight 0, which changes no sum.
final class BlockedAttention {

    private static final int BLOCK = Op.Attention.BLOCK;

    private BlockedAttention() {}

    static boolean applies(Op.Attention op, int slots, int pages) {
        long bytes = pages == 0 ? slots * op.layout().apart() : pages * op.layout().page().apart(), elements = bytes / op.cache().bytes();
        long parts = (long) AttentionSplit.TOKENS * op.heads() * op.headDim() * Math.ceilDiv(op.context(), BLOCK);
        return op.headDim() % Op.LANES == 0 && op.headDim() <= 512 && elements < Integer.MAX_VALUE && parts < Integer.MAX_VALUE;
    }

    /// @param slots 0 = all tokens are of one sequence
    /// @param pages 0 = keys and values of a sequence lie together
    static Program of(Op.Attention op, int slots, int pages, String name, Target.Cpu target) {
        int registers = OperationLowering.registers(target), vector = target.vectorBits() > 256 ? 16 : 8;
        int group = op.heads() / op.kvHeads(), blocks = Math.ceilDiv(op.context(), BLOCK), most = registers + registers / 4;
        int queries = Math.ceilDiv(group, Math.ceilDiv(group, most)), row = (op.heads() + 2 * op.kvHeads()) * op.headDim();
        var text = new ProgramText(name)
                .let("E", op.cache()).let("D", op.headDim()).let("HEADS", op.heads()).let("KV", op.kvHeads()).let("GROUP", group)
                .let("CONTEXT", op.context()).let("ROW", row).let("BLOCKS", blocks).let("PADDED", blocks + Op.LANES).let("B", BLOCK)
                .let("FEW", AttentionSplit.TOKENS).let("L", vector).let("FACTOR", ProgramText.real(op.factor()));
        var places = AttentionPlaces.of(op, slots, pages, text);
        text.let("APART", places.layout().apart() / op.cache().bytes()).let("SCALES", places.layout().scale(0, 0));
        var merge = AttentionMerge.of(op, places, registers);
        var split = new AttentionSplit(op, places, vector, queries, Integer.highestOneBit(Math.max(1, most / queries)));
        var tiles = new AttentionTiles(op, places, vector, registers, queries);
        text.add("""
                n in 1..$MOST
                position in 0..1073741823
                in qkv: f32[n * $ROW]
                in keys: $E[$CACHED]$BOUNDS
                in vals: $E[$CACHED]$BOUNDS
                out y: f32[n * $HEADS * $D]
                $PLACESconstant lane: i32[$B] values 0..$LAST = {$LANES}
                """, "MOST", Math.min(1 << 16, Integer.MAX_VALUE / row), "CACHED", places.elements(), "BOUNDS", places.bounds(), "PLACES",
                (slots == 0 ? "" : "in places: i32[n * 2]\n") + (pages == 0 ? "" : "in table: i32[" + slots * blocks + "]\n"),
                "LANES", String.join(", ", IntStream.range(0, BLOCK).mapToObj(Integer::toString).toList()), "LAST", BLOCK - 1);
        split.buffers();
        tiles.buffers();
        text.add("""
                core shares: f32[$PADDED]
                {
                let few: i32 = select(n <= $FEW, min(n, $FEW), 0)
                """);
        split.program(merge);
        tiles.program(merge);
        return text.add("}\n").parse();
    }
}
