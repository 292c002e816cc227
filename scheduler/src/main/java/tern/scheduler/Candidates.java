package tern.scheduler;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.loop.Buf;
import tern.ir.loop.Loop.TileProduct;
import tern.ir.target.Target;
import tern.scheduler.cost.CodeSize;
import tern.scheduler.cost.CostModel;
import tern.scheduler.cost.MatrixCost;
import tern.scheduler.cost.WarpCost;
import tern.scheduler.cost.Work;
import tern.scheduler.matrix.MatrixGeometry;
import tern.scheduler.matrix.MatrixView;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.problem.Problem;
import tern.scheduler.vector.Geometry;
import tern.scheduler.vector.PackingView;

/// All sensible schedules of a kernel, best first: on a CPU by the [CostModel], on a GPU by [WarpCost].
public final class Candidates {

    /// Statements of a loop body that are written out at most: with more, HotSpot's compiler takes seconds. 24 lookups compile in half a
    /// second, 48 in five. Machine code is made in milliseconds; its loops should stay within the cache of decoded instructions.
    private static final int WRITTEN_OUT = 64, WRITTEN_OUT_MACHINE = 256;

    /// Steps of a matrix unit's operands that stay in the nearest cache: 32 rows and 32 tokens of them take 40 KB.
    private static final int NEAR = 10;

    /// Cache blocks of a core, at least. Each reads all prepared activations: those of byte products are short, so that smaller blocks cost nothing
    /// (2 to 20 blocks of row tiles were equally fast on a Zen 3), and cores end together even if another program slows one down.
    private static final int CACHE_BLOCKS = 3, CACHE_BLOCKS_OF_BYTES = 8;

    /// Of the second cache, the share that the digits of a cache block take at most, the rest being sums and activations: on a Zen 3 (512 KiB) a kernel
    /// of two weight matrices was a fifth slower with 442 KB of digits than with 37, and a single one 4 % with 110 KB than with 32.
    private static final int DIGITS = 16;

    /// Bytes that weights are asked for ahead of their use: from 2 to 4 KiB gave the most on a Zen 3.
    private static final int PREFETCH = 2048;

    /// Tokens for which a batch kernel is ranked on a CPU.
    static final int BATCH = 32;

    private Candidates() {}

    /// Tokens for which a kernel is ranked: on a CPU a batch grows by equal steps, on a GPU prompts are whole.
    static int tokens(int maxTokens, Target target) {
        return switch (target) {
            case Target.Cpu _ -> Math.min(BATCH, maxTokens);
            case Target.Gpu _ -> maxTokens;
        };
    }

    /// A schedule and what the cost model says of it.
    ///
    /// @param seconds predicted time of one launch with one token, or with 32 (or the maximum, if less; always on a GPU) for a batch kernel
    /// @param vectorBits of the sums, at most the width of the registers; 0 for scalars
    /// @param instructions of the multiply kernel's inner loops in such a launch, vector ones if it is vectorised
    public record Ranked(Packing packing, Schedule schedule, double seconds, int vectorBits, double instructions) {}

    /// A schedule that does not apply, and why.
    public record Rejected(Packing packing, Schedule schedule, String reason) {}

    /// @param ranked   best first
    /// @param rejected in the order of trial
    public record Result(List<Ranked> ranked, List<Rejected> rejected) {
        public Result {
            ranked = List.copyOf(ranked);
            rejected = List.copyOf(rejected);
        }

        /// Whether a schedule applies in a way to multiply: see [Schedule#way].
        public boolean applies(String way) {
            return ranked.stream().anyMatch(one -> one.schedule().way().equals(way));
        }

        /// Why the schedule that asks least does not apply in a way, or why none was tried.
        ///
        /// @param target for which they were sought
        public String reason(String way, Target target) {
            return rejected.stream()
                    .filter(one -> one.schedule().way().equals(way))
                    .map(Rejected::reason)
                    .reduce((first, last) -> last)
                    .orElseGet(() -> missing(way, target));
        }
    }

    private static String missing(String way, Target target) {
        if (target instanceof Target.Cpu cpu && way.equals("fours") && !hasFours(cpu))
            return cpu.name() + " has no instruction for sums of four products of bytes";
        if (target instanceof Target.Cpu cpu && way.equals("matrix") && cpu.matrixOpsPerCycle() == 0) return cpu.name() + " has no matrix unit";
        return "it takes more tokens at once";
    }

    /// @param packings from which to choose
    public static Result of(Problem problem, List<Packing> packings, Target target) {
        var ranked = new ArrayList<Ranked>();
        var rejected = new ArrayList<Rejected>();
        for (Packing packing : packings)
            switch (target) {
            case Target.Cpu cpu -> {
                if (cpu.matrixOpsPerCycle() > 0) matrix(problem, packing, cpu, ranked, rejected);
                vectors(problem, packing, cpu, ranked, rejected);
            }
            case Target.Gpu gpu -> WarpCandidates.find(problem, packing, gpu, ranked, rejected);
            }
        ranked.sort(Comparator.comparingDouble(Ranked::seconds));
        return new Result(ranked, rejected);
    }

    private static void vectors(Problem problem, Packing packing, Target.Cpu target, List<Ranked> ranked, List<Rejected> rejected) {
        for (Schedule.Vector schedule : schedules(problem.kernel(), packing, problem.m(), problem.tokens(), target)) {
            try {
                PackingView view = PackingView.of(packing, schedule.strategy(), schedule.lanes());
                Geometry geometry = Geometry.of(problem, schedule, view);
                Work work = Work.of(geometry, target);
                if (!schedule.rolled() && work.steps() > (target.machineCode() ? WRITTEN_OUT_MACHINE : WRITTEN_OUT))
                    throw new InapplicableException("too many codes to be written out");
                if (schedule.strategy().isOfBytes() && work.registers() > target.vectorRegisters())
                    throw new InapplicableException(
                            String.format(ROOT, "the inner loop takes %d registers; there are %d", work.registers(), target.vectorRegisters()));
                if (!target.machineCode()) CodeSize.require(geometry, target);
                int n = Math.min(BATCH, problem.tokens());
                int lanes = schedule.lanes(), bits = Math.min(target.vectorBits(), lanes * geometry.accumulator().bits());
                ranked.add(new Ranked(packing, schedule, CostModel.seconds(geometry, target, n),
                        lanes == 1 ? 0 : bits, CostModel.instructions(geometry, target, n)));
            } catch (InapplicableException e) {
                rejected.add(new Rejected(packing, schedule, String.valueOf(e.getMessage())));
            }
        }
    }

    /// Sums of four products of bytes are one instruction, or not worth a trial.
    private static boolean hasFours(Target.Cpu target) {
        return target.machineCode() && target.isa().hasFours();
    }

    private static List<Strategy> strategies(Target.Cpu target) {
        return Stream.of(Strategy.values()).filter(strategy -> strategy != Strategy.FOURS || hasFours(target)).toList();
    }

    /// From the widest on; vectors of bytes are whole fours.
    private static int[] lanes(Strategy strategy, Packing packing, Target.Cpu target) {
        int widest = strategy.isOfBytes() ? target.vectorBits() / 8 : Math.min(target.vectorBits() / 16, Buf.SLACK / packing.word().bytes());
        IntStream halves = IntStream.iterate(widest, lanes -> lanes >= 8, lanes -> lanes / 2);
        return (strategy.isOfBytes() ? halves : IntStream.concat(halves, IntStream.of(1))).toArray();
    }

    /// Inputs between two widenings: few enough for the nearest cache where tokens share them. Sums of 32 bits need none.
    private static int inputs(Strategy strategy, int block, int maxTokens) {
        if (strategy == Strategy.FOURS && maxTokens == 1) return 1 << 16;
        return block > 4 ? 128 : 256;
    }

    private static List<Schedule.Vector> schedules(KernelDef kernel, Packing packing, int m, int maxTokens, Target.Cpu target) {
        var all = new ArrayList<Schedule.Vector>();
        int tokens = maxTokens == 1 ? 1 : 8;
        for (Strategy strategy : strategies(target))
            for (int lanes : lanes(strategy, packing, target))
                for (int rowTiles = 8; rowTiles >= 1; rowTiles /= 2) {
                    if (packing.rowTiles(m) % rowTiles != 0) continue;
                    int blocks = packing.rowTiles(m) / rowTiles, rows = kernel.weights().size() * rowTiles * packing.rows();
                    for (int block = tokens; block >= 1; block /= 2)
                        for (boolean rolled : new boolean[] {false, true}) {
                            if (rolled && (rowTiles > 1 || block > 1 || strategy.isOfBytes())) continue;
                            int inputs = inputs(strategy, block, maxTokens);
                            var schedule = new Schedule.Vector(
                                    kernel.name(),
                                    packing.name(),
                                    strategy,
                                    lanes,
                                    rowTiles,
                                    block,
                                    Math.max(1, inputs / packing.columns()),
                                    maxTokens == 1 ? 1 : cacheBlock(blocks, cacheBlocks(strategy, blocks, rows * inputs, target)),
                                    rolled);
                            if (target.machineCode() && sharesDigits(kernel, strategy, block, maxTokens)) {
                                all.add(schedule.withPrefetch(schedule.kTiles() * packing.tileBytes()));
                                continue;
                            }
                            all.add(schedule);
                            if (target.machineCode() && maxTokens == 1 && !rolled) all.add(schedule.withPrefetch(PREFETCH));
                        }
                }
        return all;
    }

    /// Whether digits of some k tiles are decoded for all tokens before these are multiplied. What is decoded next then comes from memory meanwhile,
    /// if it is asked for: with 16 tokens that is a third of the time.
    private static boolean sharesDigits(KernelDef kernel, Strategy strategy, int block, int maxTokens) {
        return strategy.isOfBytes() && kernel.group() == 0 && maxTokens > block;
    }

    /// A run of k tiles that stays in the nearest cache, or all of k; 16 or 32 tokens.
    private static void matrix(Problem problem, Packing packing, Target.Cpu target, List<Ranked> ranked, List<Rejected> rejected) {
        String kernel = problem.kernel().name();
        for (int tokens = TileProduct.ROWS; tokens <= 2 * TileProduct.ROWS && tokens <= problem.tokens(); tokens *= 2)
            for (int steps : new int[] {NEAR, Integer.MAX_VALUE / TileProduct.BYTES}) {
                var schedule = new Schedule.Matrix(kernel, packing.name(), tokens, 1);
                try {
                    MatrixView view = MatrixView.of(packing);
                    schedule = new Schedule.Matrix(kernel, packing.name(), tokens,
                            Math.min(packing.columnTiles(problem.k()), MatrixGeometry.tilesOf(view, steps)));
                    var geometry = MatrixGeometry.of(problem, schedule, view);
                    ranked.add(new Ranked(packing, schedule, MatrixCost.seconds(geometry, target, Math.min(BATCH, problem.tokens())),
                            target.vectorBits(), MatrixCost.operations(geometry, target)));
                } catch (InapplicableException e) {
                    rejected.add(new Rejected(packing, schedule, String.valueOf(e.getMessage())));
                }
            }
    }

    /// Cache blocks that are wanted of `blocks` blocks of row tiles.
    ///
    /// @param digits of a block between two widenings, as many bytes
    private static int cacheBlocks(Strategy strategy, int blocks, int digits, Target.Cpu target) {
        if (!strategy.isOfBytes()) return target.cores() * CACHE_BLOCKS;
        return Math.max(target.cores() * CACHE_BLOCKS_OF_BYTES, Math.ceilDiv(blocks, Math.max(1, target.l2() / DIGITS / digits)));
    }

    /// Blocks of row tiles in a cache block: as many as leave `wanted` cache blocks or more, so that the cores end together.
    private static int cacheBlock(int blocks, int wanted) {
        for (int cacheBlocks = wanted; cacheBlocks < 2 * wanted; cacheBlocks++) if (blocks % cacheBlocks == 0) return blocks / cacheBlocks;
        return Math.max(1, blocks / wanted);
    }
}
