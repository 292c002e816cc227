package tern.scheduler.cost;

import static java.util.Locale.ROOT;

import tern.ir.Packing;
import tern.ir.target.Target;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.problem.Problem;
import tern.scheduler.warp.ChunkView;
import tern.scheduler.warp.ChunkView.Decode;
import tern.scheduler.warp.WarpGeometry;
import tern.scheduler.warp.WarpTiling;

/// Predicts the time of a kernel on a GPU: a roofline of bytes and instructions, with what keeps a card from either: too few blocks for
/// its multiprocessors, too few loads under way, steps that wait for one another. Not yet compared with a card.
///
/// @param seconds      of one launch
/// @param instructions of all warps
public record WarpCost(double seconds, double instructions) {

    /// From a load to its data. Source: "Dissecting the NVIDIA Volta GPU Architecture via Microbenchmarking" and its successors: 500 to 800
    /// cycles on cards since Volta.
    private static final double LATENCY = 0.5e-6;

    /// The same from a cache, by the same source: activations of a step are asked for when they are needed, and only other warps hide it.
    private static final double CACHE_LATENCY = 0.15e-6;

    /// Of a launch within a graph.
    static final double LAUNCH = 1.5e-6;

    /// Integer instructions of a warp that a multiprocessor starts each cycle: CUDA C++ Programming Guide, "Arithmetic Instructions",
    /// 64 results a cycle.
    static final double INTEGER_PER_CYCLE = 2;

    /// How much of the tensor cores' rate mma.sync reaches on a card whose full rate needs wgmma.
    private static final double TENSOR = 0.6;

    /// How much faster the L2 cache delivers what was read before.
    private static final double CACHED = 2.5;

    /// How much of the shorter time is not hidden by the longer.
    private static final double EXPOSED = 0.25;

    private static final int WARPS_PER_MULTIPROCESSOR = 48;

    /// Warps that the emitter has room made for, see `tern.codegen.cuda.ptx.PtxEmitter`.
    static final int RESIDENT = 12;

    /// Of a multiprocessor: all banks of shared memory, CUDA C++ Programming Guide, "Shared Memory"; the first-level cache gives half of that,
    /// "Dissecting the NVIDIA Volta GPU Architecture via Microbenchmarking".
    private static final double SHARED_BYTES_PER_CYCLE = 128, CACHE_BYTES_PER_CYCLE = 64;

    /// Cycles from a barrier of a block to the first products after it.
    private static final double BARRIER = 60;

    public static WarpCost of(WarpGeometry g, Target.Gpu target, int tokens) {
        if (g.isGrouped()) return WarpgroupCost.of(g, target, tokens);
        WarpTiling s = g.schedule();
        double blocks = (double) g.blocks() * g.tokenBlocks(tokens);
        int steps = Math.ceilDiv(g.steps(), s.split());
        double instructions = blocks * s.warps() * (steps * instructionsOfStep(g) + 20.0 * g.accumulators());
        int registers = registers(g);
        if (g.isTensor() && registers > Math.min(255, target.registers() / (32 * s.warps() * Math.max(1, RESIDENT / s.warps()))))
            throw new InapplicableException(String.format(ROOT, "about %d registers a thread", registers));
        double byShared = s.warps() * Math.floor((double) target.sharedBytes() / g.sharedBytes());
        double fitting = Math.min(Math.min(WARPS_PER_MULTIPROCESSOR, byShared), target.registers() / (32.0 * registers));
        if (fitting < s.warps()) throw new InapplicableException("a block does not fit a multiprocessor");
        double perMultiprocessor = Math.ceil(blocks / target.multiprocessors());
        double resident = Math.min(fitting, perMultiprocessor * s.warps());
        double idle = perMultiprocessor * target.multiprocessors() / blocks;
        double compute = instructions * idle / (INTEGER_PER_CYCLE * target.multiprocessors() * target.hertz());
        double shared = g.isTensor() ? activations(g, blocks) * idle / (target.multiprocessors() * target.hertz()) : 0;
        double bytes = g.problem().weightBytes(g.packing());
        double underWay = resident * 32 * 4 * loadWords(g) * target.multiprocessors() / idle;
        double bandwidth = Math.min(target.memoryBytesPerSecond(), underWay / LATENCY);
        double again = (g.tokenBlocks(tokens) - 1) * bytes;
        if (g.isTensor()) again += blocks * g.steps() * g.stageWords() * 4.0;
        double memory = bytes / bandwidth + again / Math.min(bandwidth * CACHED, CACHED * target.memoryBytesPerSecond());
        compute += matrices(g, tokens) * idle / (target.int8OpsPerSecond() * TENSOR);
        compute = Math.max(compute, shared);
        double waves = Math.ceil(perMultiprocessor * s.warps() / fitting);
        double waiting = g.isStaged()
                ? waves * (LATENCY + g.steps() * Math.max(BARRIER / target.hertz(), LATENCY / (s.unroll() - 1) / resident * s.warps()))
                : waves * steps * (LATENCY / s.unroll() + (g.isTensor() ? g.groups() * CACHE_LATENCY : 0));
        double longest = Math.max(Math.max(compute, memory), waiting);
        double others = g.isTensor() ? compute + memory + waiting - longest : Math.min(compute, memory);
        return new WarpCost(LAUNCH + longest + EXPOSED * others, instructions);
    }

    /// Registers of a thread, about.
    private static int registers(WarpGeometry g) {
        int perLoad = g.group() * g.tokenGroups();
        if (g.isStaged()) return 30 + g.accumulators() + 2 * loadWords(g) / g.schedule().unroll() + perLoad;
        if (g.isTensor()) return 30 + g.accumulators() + loadWords(g) + perLoad;
        return Math.min(255, 24 + g.accumulators() + loadWords(g) + g.groups() * g.group());
    }

    /// Cycles in which each warp fetches the activations of its steps, from shared memory or the first-level cache, on one multiprocessor.
    private static double activations(WarpGeometry g, double blocks) {
        double bytes = blocks * g.schedule().warps() * Math.ceilDiv(g.steps(), g.schedule().split()) * g.tokenGroups() * 8 * g.stepWords() * 4.0;
        return bytes / (g.isStaged() ? SHARED_BYTES_PER_CYCLE : CACHE_BYTES_PER_CYCLE);
    }

    /// Multiply-adds of the tensor cores, those of padding included.
    private static double matrices(WarpGeometry g, int tokens) {
        if (!g.isTensor()) return 0;
        double each = 16 * 8 * 32.0, perStep = 0;
        for (WarpGeometry.Pair pair : g.pairs()) perStep += Math.ceilDiv(g.quads(pair.slot()).size(), 2);
        double warps = (double) g.blocks() * g.tokenBlocks(tokens) * g.rowWarps();
        return warps * g.steps() * perStep * g.tokenGroups() * g.kernel().weights().size() * each;
    }

    /// Words of weights that a lane has asked for before it uses the first.
    private static int loadWords(WarpGeometry g) {
        return g.view().words() * g.schedule().rowTiles() * g.kernel().weights().size() * g.schedule().unroll();
    }

    private static double instructionsOfStep(WarpGeometry g) {
        WarpTiling s = g.schedule();
        int chunks = s.rowTiles() * g.kernel().weights().size();
        double all = 8 + 3.0 * chunks + 2.0 * g.groups() * g.tokenGroups();
        for (ChunkView.Quad quad : g.view().quads()) {
            double decode = decoding(quad);
            all += chunks * (g.isTensor() ? decode + 1 + g.tokenGroups() / 4.0 : decode + s.tokens());
        }
        return all;
    }

    private static double decoding(ChunkView.Quad quad) {
        return switch (quad.decode()) {
            case Decode.Bytes _ -> 1;
            case Decode.Table(var fields, var entries) -> 3.0 * fields.size() - 1 + (entries.size() > 32 ? 6 : 2);
        };
    }

    /// Instructions by which a warp unpacks the chunks of a step, digits in their place.
    static double decoding(WarpGeometry g) {
        int chunks = g.schedule().rowTiles() * g.kernel().weights().size();
        double all = 8 + 4.0 * chunks;
        for (ChunkView.Quad quad : g.view().quads()) all += chunks * (decoding(quad) + 1);
        return all;
    }

    /// Of one turn of a loop whose next address comes out of a table.
    private static final double TURN = 0.1e-6;

    /// A loop over the codes of a tile, one code a lane.
    public static WarpCost ofLanes(Problem problem, Packing packing, Target.Gpu target, int tokens) {
        double codes = (double) packing.codes().size() * packing.rowTiles(problem.m()) * packing.columnTiles(problem.k()) * problem.kernel().weights().size();
        double instructions = codes / 16 * 40 * tokens;
        double compute = instructions / (target.multiprocessors() * target.hertz());
        double bytes = problem.weightBytes(packing);
        double turns = Math.ceilDiv(packing.codes().size(), 32) * (double) packing.columnTiles(problem.k()) * tokens;
        return new WarpCost(LAUNCH + Math.max(compute, turns * TURN) + bytes / target.memoryBytesPerSecond(), instructions);
    }
}
