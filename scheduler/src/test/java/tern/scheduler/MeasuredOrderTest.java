package tern.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Tir;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.problem.Problem;

/// The cost model of vectors puts kernels in the order in which they were measured.
class MeasuredOrderTest {

    /// A line of `measured.csv`.
    ///
    /// @param certain ratio from which on measurements of its kind tell which is faster
    private record Line(
            Target.Cpu target, double certain, int m, int k, int tokens, String packing, String way, int lanes, int rowTiles, int block, double micros) {

        static Line of(String text) {
            String[] part = text.split(", *");
            String[] name = part[0].split("\\+");
            Target.Cpu bytecode = ((Target.Cpu) Targets.of(name[0])).withCores(Integer.parseInt(part[1]));
            Target.Cpu cpu = name.length == 1 ? bytecode : bytecode.withMachineCode();
            return new Line(cpu, Double.parseDouble(part[2]), Integer.parseInt(part[3]), Integer.parseInt(part[4]), Integer.parseInt(part[5]), part[6],
                    part[7], Integer.parseInt(part[8]), Integer.parseInt(part[9]), Integer.parseInt(part[10]), Double.parseDouble(part[11]));
        }

        String name() {
            return "%s %s %dx%dx%d, n %d, %d threads".formatted(packing, way, lanes, rowTiles, block, tokens, target.cores());
        }

        boolean isComparableTo(Line other) {
            return target.equals(other.target) && m == other.m && k == other.k && tokens == other.tokens;
        }

        double predicted() {
            List<Packing> packings = List.of(Tir.library().packing(packing));
            return Candidates.of(new Problem(Tir.library().kernel("bitlinear"), m, k, tokens), packings, target).ranked().stream()
                    .filter(one -> isThis(one.schedule()))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no candidate: " + this))
                    .seconds();
        }

        private boolean isThis(Schedule schedule) {
            return schedule instanceof Schedule.Vector v && !v.rolled() && v.way().equals(way)
                    && v.lanes() == lanes && v.rowTiles() == rowTiles && v.tokens() == block;
        }
    }

    private static List<Line> lines() {
        try (InputStream in = MeasuredOrderTest.class.getResourceAsStream("measured.csv")) {
            if (in == null) throw new IllegalStateException("measured.csv is missing");
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#")).map(Line::of).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void whatWasMeasuredFasterIsRankedFirst() {
        List<Line> lines = lines();
        var wrong = new ArrayList<String>();
        int pairs = 0;
        for (Line fast : lines)
            for (Line slow : lines) {
                if (!fast.isComparableTo(slow) || slow.micros < fast.micros * fast.certain) continue;
                pairs++;
                double a = fast.predicted(), b = slow.predicted();
                if (a >= b) wrong.add("%s %.0f us, predicted %.0f; %s %.0f us, predicted %.0f".formatted(
                        fast.name(), fast.micros, a * 1e6, slow.name(), slow.micros, b * 1e6));
            }
        assertThat(wrong).isEmpty();
        assertThat(pairs).as("pairs that tell something").isGreaterThanOrEqualTo(9);
    }

    /// Where there is an instruction for a 16-bit lookup, a code of three trits is looked up; where it is imitated, two bits are multiplied.
    @Test
    void lookupsArePricedByTheProcessor() {
        assertThat(best(Targets.AVX512).schedule()).isInstanceOfSatisfying(Schedule.Vector.class, v -> assertThat(v.strategy()).isEqualTo(Strategy.TABULATE));
        assertThat(best(Targets.AVX512).packing().name()).startsWith("tri5");
        assertThat(best(Targets.AVX2.withCores(2)).schedule())
                .isInstanceOfSatisfying(Schedule.Vector.class, v -> assertThat(v.strategy()).isNotEqualTo(Strategy.TABULATE));
    }

    /// On a Xeon one thread multiplied 2560 x 6912 x 64 at up to 760 billion pairs a second by the matrix unit, and at up to 165 by the Vector API
    /// (docs/measurements.md, 22 November 2026). Warps and warpgroups never ran, so nothing measured says how theirs should be ranked.
    @Test
    void theMatrixUnitIsRankedBeforeVectors() {
        List<Ranked> ranked = Candidates.of(new Problem(Tir.library().kernel("bitlinear"), 2560, 6912, 64), Tir.library().allPackings(),
                Targets.SAPPHIRE_RAPIDS.withCores(1)).ranked();
        double matrix = least(ranked, Schedule.Matrix.class), vector = least(ranked, Schedule.Vector.class);
        assertThat(vector / matrix).as("760 to 165 billion pairs a second are 4.6; by how much is not certain").isGreaterThan(1.5);
        assertThat(2560 * 6912 * 64 / matrix).as("pairs a second").isBetween(760e9 / 2, 760e9 * 2);
    }

    private static double least(List<Ranked> ranked, Class<? extends Schedule> unit) {
        return ranked.stream().filter(one -> unit.isInstance(one.schedule())).mapToDouble(Ranked::seconds).min().orElseThrow();
    }

    private static Ranked best(Target target) {
        List<Packing> packings = Stream.of("i2_s", "i2_s_arm", "tri5r8", "tri5r16", "tri5r32", "tl1").map(Tir.library()::packing).toList();
        return Candidates.of(new Problem(Tir.library().kernel("bitlinear"), 6912, 2560, 1), packings, target).ranked().stream()
                .min(Comparator.comparingDouble(Ranked::seconds)).orElseThrow();
    }
}
