package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tern.ir.Interval;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.target.Core;
import tern.ir.target.Isa;
import tern.ir.target.Lookups;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Tir;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.Rated;

/// What the prices of machine code choose for a Zen 3 is what was measured to be fast there; made on any machine.
class PricedOrderTest {

    /// Two cores of the EPYC that `priced.csv` was measured on, as it describes itself.
    private static final Target.Cpu EPYC = new Target.Cpu("avx2", "/proc/cpuinfo", 2, Isa.AVX2, Core.ZEN3, 256, 16, 2, new Lookups(0.1, 0.1, 1), 0,
            false, 2.445e9, 32 << 10, 512 << 10, 33e9).withMachineCode();

    private record Line(int m, int k, int tokens, String schedule, double micros) {
        static Line of(String text) {
            String[] part = text.split(", ");
            return new Line(Integer.parseInt(part[0]), Integer.parseInt(part[1]), Integer.parseInt(part[2]),
                    String.join(" ", List.of(part).subList(3, 9)), Double.parseDouble(part[9]));
        }

        boolean is(int rows, int columns, int n) {
            return m == rows && k == columns && tokens == n;
        }
    }

    private static List<Line> lines() throws IOException {
        try (InputStream in = PricedOrderTest.class.getResourceAsStream("priced.csv")) {
            if (in == null) throw new IllegalStateException("priced.csv is missing");
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#")).map(Line::of).toList();
        }
    }

    /// Batches were measured before they asked for weights ahead.
    private static String name(Ranked one) {
        return one.schedule() instanceof Schedule.Vector v
                ? "%s %s %d %d %d %d".formatted(v.packing(), v.way(), v.lanes(), v.rowTiles(), v.tokens(), v.tokens() == 1 ? v.prefetch() : 0)
                : one.schedule().brief();
    }

    /// By the formula alone, the first was 1.4 to 2.3 times as slow as the best for one token: its innermost loop lacked registers.
    @ParameterizedTest
    @CsvSource({"640, 2560, 1", "6912, 2560, 1", "2560, 6912, 1", "640, 2560, 128"})
    void theFirstIsWithinATenthOfTheBest(int m, int k, int tokens) throws IOException {
        List<Line> measured = lines().stream().filter(line -> line.is(m, k, tokens)).toList();
        double best = measured.stream().mapToDouble(Line::micros).min().orElseThrow();
        List<Packing> packings = Tir.library().allPackings().stream().filter(packing -> packing.holdsAll(Interval.of(-1, 1))).toList();
        List<Rated> rated = Rated.of(new Use("use", Tir.library().kernel("bitlinear"), m, k, tokens, 1), packings, EPYC);
        Rated first = rated.getFirst();
        String chosen = name(tokens == 1 ? first.step().getFirst() : first.batch().getFirst());
        double micros = measured.stream().filter(line -> line.schedule.equals(chosen)).findFirst()
                .orElseThrow(() -> new AssertionError(chosen + " was not measured")).micros;
        assertThat(micros).as(chosen).isLessThanOrEqualTo(1.1 * best);
    }

    /// `vpdpbusd` does the work of `vpmaddubsw` and `vpaddw`, and its sums need no widening.
    @ParameterizedTest
    @ValueSource(ints = {1, 128})
    void foursAreChosenWhereTheyAreOneInstruction(int tokens) {
        List<Packing> packings = List.of(Tir.library().packing("quads8"));
        Rated first =
                Rated.of(new Use("use", Tir.library().kernel("bitlinear"), 2560, 2560, tokens, 1), packings, Targets.AVX2_VNNI.withMachineCode()).getFirst();
        assertThat((tokens == 1 ? first.step() : first.batch()).getFirst().schedule().way()).isEqualTo("fours");
    }

    /// Eight row tiles need 24 accesses to spilled vectors in an iteration: they come after all that need none.
    @ParameterizedTest
    @ValueSource(strings = {"quads8", "i2_s"})
    void whatLacksRegistersComesLast(String packing) {
        Rated rated = Rated.of(new Use("use", Tir.library().kernel("bitlinear"), 2560, 2560, 1, 1), List.of(Tir.library().packing(packing)), EPYC).getFirst();
        List<String> names = rated.step().stream().map(PricedOrderTest::name).toList();
        for (int rowTiles : new int[] {4, 2, 1})
            for (int prefetch : new int[] {0, 2048})
                assertThat(names).containsSubsequence("%s bytes 32 %d 1 %d".formatted(packing, rowTiles, prefetch), packing + " bytes 32 8 1 0");
    }
}
