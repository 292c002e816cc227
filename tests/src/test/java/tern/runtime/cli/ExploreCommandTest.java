package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.ir.Interval;
import tern.ir.Packing;
import tern.ir.device.Samples;
import tern.ir.text.Source;
import tern.ir.text.Tir;
import tern.runtime.cli.tune.ExploreReport;
import tern.runtime.cli.tune.LayerWeights;
import tern.runtime.cli.tune.Explored;
import tern.runtime.cli.tune.PackingLaboratory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The packing laboratory, with runners that make times up and, once, with a real process.
class ExploreCommandTest {

    private static final String FIVE = """
            codec five = base3(5) in 8 bits
            packing byte5 { tile rows 64, k 5; word i8; codec five; digit k; code at row*8; }
            """;

    @TempDir
    Path folder;

    private record Run(int status, String out, String err) {}

    private static Run run(Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.run(
                new PrintWriter(out, true), new PrintWriter(err, true), Arrays.stream(args).map(Object::toString).toArray(String[]::new));
        return new Run(status, out.toString(), err.toString());
    }

    private static Packing packing(String text) {
        return Tir.parse(new Source("test.tir", text)).packings().getFirst();
    }

    @Test
    void eachPackingIsTimedWithAllThreadsDownToOneAndItsFastestIsKept() {
        var machine = new MadeUp.Machine();
        var laboratory = new PackingLaboratory(MadeUp.USE, MadeUp.CPU.withCores(4), 3, machine);
        assertThat(laboratory.threadCounts()).containsExactly(4, 3, 2, 1);
        assertThat(new PackingLaboratory(MadeUp.USE, MadeUp.CPU.withCores(24), 3, machine).threadCounts()).containsExactly(24, 12, 6, 3, 2, 1);
        Explored explored = laboratory.explore(List.of(packing(FIVE)), _ -> {}).getFirst();
        assertThat(explored.bits()).isEqualTo(1.6);
        assertThat(explored.points()).extracting(Explored.Point::threads).containsExactly(1, 2, 3, 4);
        // With all threads three are timed, and the last of them is made the fastest; with fewer, only that one.
        assertThat(machine.asked).containsExactly(3, 1, 1, 1);
        assertThat(machine.closed).isEqualTo(4);
        assertThat(explored.points()).allSatisfy(point -> {
            assertThat(point.candidate().record()).isEqualTo(machine.last);
            assertThat(point.instructions()).isBetween(0.01, 10.0);
            assertThat(point.predicted()).isPositive();
            assertThat(point.bandwidth()).isEqualTo(MadeUp.BANDWIDTH);
            assertThat(point.failure()).isEmpty();
        });
        assertThat(explored.points()).extracting(Explored.Point::seconds).doesNotContainNull();
        Samples alone = explored.points().getFirst().seconds();
        assertThat(alone).isNotNull();
        assertThat(alone.median()).isEqualTo(4 * 1e-4);
    }

    @Test
    void whatFailsEverywhereIsAPointWithItsReason() {
        var machine = new MadeUp.Machine();
        machine.failing = true;
        Explored explored = new PackingLaboratory(MadeUp.USE, MadeUp.CPU, 2, machine).explore(List.of(packing(FIVE)), _ -> {}).getFirst();
        assertThat(explored.points()).isNotEmpty().allSatisfy(point -> {
            assertThat(point.seconds()).isNull();
            assertThat(point.failure()).isEqualTo("CRASHED: made up <to fail>");
        });
        String html = ExploreReport.of(MadeUp.USE, "nowhere", List.of(explored), LayerWeights.NONE, true, "now").html();
        assertThat(html).contains("not measured", "CRASHED: made up &lt;to fail&gt;");
    }

    /// As Ctrl-C does, in the middle of the second packing.
    @Test
    void whatWasMeasuredBeforeItWasStoppedIsKept() {
        var machine = new MadeUp.Machine();
        var laboratory = new PackingLaboratory(MadeUp.USE, MadeUp.CPU.withCores(2), 2, machine);
        machine.beforeTiming = () -> {
            if (machine.asked.size() == 3) laboratory.stop();
        };
        List<Explored> explored =
                laboratory.explore(Tir.library().allPackings().stream().filter(p -> p.holdsAll(Interval.of(-1, 1))).limit(4).toList(), _ -> {});
        assertThat(laboratory.isStopped()).isTrue();
        assertThat(explored).hasSize(2);
        assertThat(explored.getFirst().points()).extracting(Explored.Point::threads).containsExactly(1, 2);
        assertThat(explored.getLast().points()).as("the one under way is lost").extracting(Explored.Point::threads).containsExactly(2);
        assertThat(machine.closed).isEqualTo(4);
    }

    @Test
    void aRealProcessMeasuresAPacking() throws IOException {
        Path own = Files.writeString(folder.resolve("own.tir"), FIVE), page = folder.resolve("r.html");
        Run run = run("explore", own, "--shape", "128,320", "--threads", 1, "--tries", 1, "--trial", 900, "--json", "--report", page);
        assertThat(run.status()).as(run.err()).isZero();
        JsonNode result = JsonMapper.shared().readTree(run.out());
        assertThat(result.path("n").asInt()).isEqualTo(1);
        assertThat(result.path("complete").asBoolean()).isTrue();
        JsonNode packing = result.path("packings").path(0);
        assertThat(packing.path("bits_per_weight").asDouble()).isEqualTo(1.6);
        JsonNode point = packing.path("points").path(0);
        assertThat(point.path("threads").asInt()).isEqualTo(1);
        assertThat(point.path("weight_bytes").asLong()).isEqualTo(128L * 320 / 5);
        assertThat(point.at("/seconds/median").asDouble()).isPositive();
        assertThat(point.path("weights_per_second").asDouble()).isPositive();
        assertThat(page).content().contains("byte5", "Packings at 128 x 320, 1 token");
    }

    @Test
    void whatIsAskedForWronglyIsOneLine() throws IOException {
        Path own = Files.writeString(folder.resolve("own.tir"), FIVE), same = Files.writeString(folder.resolve("same.tir"), FIVE);
        Path none = Files.writeString(folder.resolve("none.tir"), "codec five = base3(5) in 8 bits\n");
        Path overlap = Files.writeString(folder.resolve("overlap.tir"), FIVE.replace("row*8", "row*4"));
        assertRefused("no packing in " + none, "explore", none, "--shape", "64,64");
        assertRefused("packing byte5 is in " + own + " as well", "explore", own, same, "--shape", "64,64");
        assertRefused("overlap.tir", "explore", overlap, "--shape", "64,64");
        assertRefused("--shape", "explore", own);
        assertRefused("--shape 64: expected M,K", "explore", own, "--shape", "64");
        assertRefused("at most 32 tokens", "explore", own, "--shape", "64,64,33");
        assertRefused("no such folder", "explore", own, "--shape", "64,64", "--report", folder.resolve("no/r.html"));
        assertRefused("missing.tir: no such file", "explore", folder.resolve("missing.tir"), "--shape", "64,64");
        assertRefused("--tries must be positive", "explore", own, "--shape", "64,64", "--tries", 0);
    }

    private static void assertRefused(String part, Object... args) {
        Run run = run(args);
        assertThat(run.status()).as("%s%n%s", List.of(args), run).isEqualTo(2);
        assertThat(run.err()).contains(part);
        assertThat(run.out()).isEmpty();
    }
}
