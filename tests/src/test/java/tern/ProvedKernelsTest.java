package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tern.autotune.verify.RandomPackings;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.device.CompileException;
import tern.ir.device.Proved;
import tern.ir.loop.LoopParser;
import tern.ir.loop.Program;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Printer;
import tern.ir.text.Source;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.Lowering;
import tern.scheduler.problem.Problem;

/// The scheduler proposes no program for a CPU that cannot be proved, and every other one that it could would be refused.
///
/// `-Dtern.campaign=5000`, or the Maven profile `campaign`, tries so many packings.
class ProvedKernelsTest {

    private static final List<Target.Cpu> TARGETS = List.of(Targets.AVX2, Targets.AVX512, Targets.NEON128, Targets.SAPPHIRE_RAPIDS);
    private static final List<String> KERNELS = List.of("bitlinear", "bitlinear_add", "gate_up");
    /// Of random packings, a fraction of those that are run.
    private static final int SHARE = 8;

    /// Along k, more than any i16 takes; a prime, so that the last block is shorter.
    private static final int TILES = 401;

    /// `kTile9: i32 = kBlock4 * 28` and `min(28, 285 - kBlock4 * 28)`: tiles between two widenings.
    private static final Pattern BETWEEN = Pattern.compile("in 0\\.\\.min\\((\\d+), \\d+ - kBlock\\d+ \\* \\d+\\)");

    private static final Pattern NARROW = Pattern.compile("var acc\\d+: i16");

    @Test
    void everyProgramOfTheLibrarysPackingsIsProved() {
        var random = new SplittableRandom(5);
        int programs = 0;
        for (Packing packing : Tir.library().allPackings())
            for (int[] size : sizes(packing))
                programs += prove(packing, KERNELS.get(random.nextInt(KERNELS.size())), size, TARGETS.get(random.nextInt(TARGETS.size())));
        assertThat(programs).isGreaterThan(1000);
    }

    @Test
    void everyProgramOfRandomPackingsIsProved() {
        int packings = Math.max(1, Breadth.PACKINGS / SHARE), programs = 0;
        for (int seed = 0; seed < packings; seed++) {
            var random = new SplittableRandom(seed);
            Packing packing = seed % 2 == 0 ? RandomPackings.ofTrits(random) : RandomPackings.any(random);
            int[][] sizes = sizes(packing);
            for (int i = 0; i < 2; i++)
                programs += prove(packing, KERNELS.get(random.nextInt(KERNELS.size())), sizes[random.nextInt(sizes.length)],
                        TARGETS.get(random.nextInt(TARGETS.size())));
        }
        assertThat(programs).isGreaterThan(10 * packings);
    }

    /// m, k, n: one, around the tile, primes, and a k that takes many tiles.
    private static int[][] sizes(Packing packing) {
        int rows = packing.rows(), columns = packing.columns();
        return new int[][] {
            {1, 1, 1}, {Math.max(1, rows - 1), columns + 1, 1}, {rows, columns, 5}, {rows + 1, Math.max(1, columns - 1), 33},
            {67, 137, 3}, {8 * rows + 3, 7919, 32}
        };
    }

    /// All schedules that the cost model ranks.
    private static int prove(Packing packing, String name, int[] size, Target.Cpu target) {
        var problem = new Problem(Tir.library().kernel(name), size[0], size[1], size[2]);
        int programs = 0;
        for (Ranked ranked : Candidates.of(problem, List.of(packing), target).ranked()) {
            Lowering lowering = Lowering.of(problem, packing, ranked.schedule());
            for (Program program : List.of(lowering.prepare(), lowering.multiply())) {
                assertThatCode(() -> Proved.of(program)).as("%s%n%s", Printer.printWithCodecs(packing), ranked.schedule()).doesNotThrowAnyException();
                programs++;
            }
        }
        return programs;
    }

    /// The scheduler's formula says how many tiles an accumulator takes. The analysis, which knows no formula, proves that many, and not
    /// one more.
    @Test
    void oneTileMoreThanProposedIsRefused() {
        Map<Strategy, TreeSet<String>> bound = new LinkedHashMap<>();
        KernelDef kernel = Tir.library().kernel("bitlinear");
        for (Packing packing : Tir.library().allPackings()) {
            var problem = new Problem(kernel, packing.rows(), TILES * packing.columns(), 1);
            for (Ranked ranked : Candidates.of(problem, List.of(packing), Targets.AVX2).ranked()) {
                if (!(ranked.schedule() instanceof Schedule.Vector one) || one.rolled()) continue;
                Schedule wished = new Schedule.Vector(one.kernel(), one.packing(), one.strategy(), one.lanes(), one.rowTiles(), 1, TILES, 1, false);
                Program most = Lowering.of(problem, packing, wished).multiply();
                Program more = withOneTileMore(most);
                assertThat(more != null).as("%s is cut where it adds in i16", ranked.schedule()).isEqualTo(NARROW.matcher(most.toString()).find());
                if (more == null) continue;
                assertThatCode(() -> Proved.of(most)).as("%s", ranked.schedule()).doesNotThrowAnyException();
                assertThatThrownBy(() -> Proved.of(more)).as("%s", ranked.schedule()).isInstanceOf(CompileException.class)
                        .hasMessageMatching("(?s).*unproved: .* may be .*, which i16 does not hold");
                bound.computeIfAbsent(one.strategy(), _ -> new TreeSet<>()).add(packing.name());
            }
        }
        assertThat(bound.get(Strategy.DECODE)).contains("hf", "tq1_0", "tri5r32");
        assertThat(bound.get(Strategy.TABULATE)).contains("sherry5", "tl1", "tri5r32");
        assertThat(bound).containsOnlyKeys(Strategy.DECODE, Strategy.TABULATE, Strategy.BYTES); // fours add in i32
    }

    /// Null if the loop over k has but one block.
    private static Program withOneTileMore(Program program) {
        String text = program.toString();
        Matcher found = BETWEEN.matcher(text);
        if (!found.find()) return null;
        int tiles = Integer.parseInt(found.group(1));
        String more = text.replaceAll("(kBlock\\d+ \\* )" + tiles + "\\b", "$1" + (tiles + 1)).replaceAll("min\\(" + tiles + ",", "min(" + (tiles + 1) + ",");
        return LoopParser.parse(new Source("more.loop", more));
    }
}
