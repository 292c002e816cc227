package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Outcome.Measured;
import tern.autotune.record.Outcome.Reason;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Records;
import tern.autotune.record.Trial;
import tern.autotune.record.Tuned;
import tern.codegen.jvm.device.CpuDevice;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.text.Printer;
import tern.ir.text.Tir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `tern records`, as a user would type it.
class RecordsCommandTest {

    private static final Instant THEN = Instant.parse("2024-02-29T01:02:03.456789Z");

    private static final KernelDef KERNEL = Tir.library().kernel("gate_up");
    private static final Packing PACKING = Tir.library().packing("tri5r32");

    private static Environment here, there;

    @TempDir
    Path folder;

    private record Run(int status, String out, String err) {
        String output() {
            assertThat(status).as("%s%n%s", err, out).isZero();
            assertThat(err).isEmpty();
            return out;
        }
    }

    private static Run run(List<?> args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.run(
                new PrintWriter(out, true), new PrintWriter(err, true), args.stream().map(Object::toString).toArray(String[]::new));
        return new Run(status, out.toString().replace("\r\n", "\n"), err.toString().replace("\r\n", "\n"));
    }

    /// `tern records COMMAND ...` with a file of records and a folder of keys of its own.
    private Run records(String command, Object... args) {
        var all = new ArrayList<Object>(List.of("records", command));
        if (!command.equals("trust")) all.addAll(List.of("--records", file()));
        if (Set.of("export", "import", "trust").contains(command)) all.addAll(List.of("--keys", folder.resolve("keys")));
        all.addAll(List.of(args));
        return run(all);
    }

    private Path file() {
        return folder.resolve("records.db");
    }

    @BeforeAll
    static void machines() {
        try (var cpu = new CpuDevice(0)) {
            here = Environment.of(cpu, 2);
        }
        there = new Environment("cpu Another One 1.2.3; cores 64", "26+1", here.generation(), 64);
    }

    private static String schedule(Strategy strategy, int rowTiles) {
        return Printer.print("avx512", new Schedule.Vector("gate_up", "tri5r32", strategy, 32, rowTiles, 1, 28, 1, false));
    }

    private static Tuned winner(Environment environment, int rowTiles, double seconds, Instant at) {
        return new Tuned(
                ProblemKey.of(KERNEL, 640, 2520, 1), ProblemKey.of(KERNEL, 640, 2520, 512), environment, Printer.printWithCodecs(PACKING),
                schedule(Strategy.TABULATE, rowTiles), schedule(Strategy.DECODE, rowTiles), seconds, 100 * seconds, at);
    }

    private static Trial trial(Environment environment, int rowTiles, Outcome outcome, Instant at) {
        var candidate = new Candidate(Printer.printWithCodecs(PACKING), schedule(Strategy.TABULATE, rowTiles));
        return new Trial(ProblemKey.of(KERNEL, 640, 2520, 1), candidate, environment, outcome, at);
    }

    private static final Outcome MEASURED = new Measured(36e-6, 35e-6, 50e-6, 9), FAILED = new Failed(Reason.WRONG, "row 3 is 7\u001b[31m\nmore");

    @BeforeEach
    void keepSome() {
        keep(file(), List.of(trial(here, 1, MEASURED, THEN), trial(here, 2, FAILED, THEN.plusSeconds(1)), trial(there, 1, MEASURED, THEN)),
                List.of(winner(here, 1, 36e-6, THEN), winner(there, 4, 9e-6, THEN.plusSeconds(60))));
    }

    private static void keep(Path file, List<Trial> trials, List<Tuned> winners) {
        try (Records records = Records.open(file.toString())) {
            records.addAll(trials, winners);
        }
    }

    private List<Tuned> winners() {
        try (Records records = Records.open(file().toString())) {
            return records.tuned();
        }
    }

    // ---- list, show, diff ----

    @Test
    void listNamesWinnersAndWhereTheyAreFrom() {
        // 640 rows are 20 tiles, 2520 columns 280: two matrices of 20 * 280 * 64 bytes in 36 us are 19.9 GB/s.
        String id = winner(here, 1, 0, THEN).identity().substring(0, 10);
        assertThat(records("list").output())
                .startsWith(file() + ": 2 winners, 3 trials, 1 of them failed\n")
                .containsPattern(id
                        + " +gate_up +640 x 2520 +tri5r32 +tabulate 32x1x1 k28 +36.0 +19.9 +decode 32x1x1 k28 +512 +3600.0 +2024-02-29 01:02 +here, 2 threads\n")
                .containsPattern("tabulate 32x4x1 k28 +9.0 .*A, 64 threads\n")
                .contains("\nhere  cpu ", "\nA     cpu Another One 1.2.3; cores 64; jdk 26+1\n")
                .containsPattern("differs from here: cpu .*, there Another One 1.2.3; .*jdk 25.*, there 26\\+1\n")
                .doesNotContain("wrong");
    }

    @Test
    void listShowsTrialsToo() {
        assertThat(records("list", "--trials").output())
                .containsPattern("tabulate 32x1x1 k28 +36.0 +19.9 +9 +35.0 .. 50.0 us +2024-02-29 01:02 +here, 2 threads\n")
                .containsPattern("tabulate 32x2x1 k28 +wrong: row 3 is 7\\?\\[31m +2024");
    }

    @Test
    void listAsJson() {
        JsonNode list = JsonMapper.shared().readTree(records("list", "--trials", "--json").output());
        assertThat(list.path("winners")).hasSize(2);
        assertThat(list.path("trials")).hasSize(3);
        JsonNode first = list.at("/winners/0");
        assertThat(first.at("/identity").asString()).isEqualTo(winner(here, 1, 0, THEN).identity());
        assertThat(first.at("/kernel").asString()).isEqualTo("gate_up");
        assertThat(first.at("/packing").asString()).isEqualTo("tri5r32");
        assertThat(first.at("/step/seconds").asDouble()).isEqualTo(36e-6);
        assertThat(first.at("/step/weight_bytes").asLong()).isEqualTo(2 * PACKING.bytes(640, 2520));
        assertThat(first.at("/batch/tokens").asInt()).isEqualTo(512);
        assertThat(first.at("/environment/here").asBoolean()).isTrue();
        assertThat(list.at("/winners/1/environment/here").asBoolean()).isFalse();
        assertThat(list.at("/trials/2/failed").asString()).isEqualTo("wrong");
        assertThat(JsonMapper.shared().readTree(records("list", "--json").output()).path("trials")).isEmpty();
    }

    @Test
    void whereNothingWasTunedThereIsNothingAndNothingIsMade() throws IOException {
        Path none = folder.resolve("none.db");
        assertThat(run(List.of("records", "list", "--records", none)).output()).isEqualTo(none + ": 0 winners, 0 trials\n");
        assertThat(none).doesNotExist();
    }

    /// What is shown is a text that other commands take.
    @Test
    void aRecordIsShownAsAText() throws IOException {
        Tuned winner = winner(here, 1, 36e-6, THEN);
        String shown = records("show", winner.identity().substring(0, 6)).output();
        assertThat(shown)
                .startsWith("// winner " + winner.identity() + "\n// found 2024-02-29 01:02 UTC, here, 2 threads\n")
                .contains("//   vectors ", "//   jdk " + here.jdk() + "\n//   generation " + here.generation() + "\n//   threads 2\n")
                .contains("// gate_up 640 x 2520, n 1: tri5r32, tabulate 32x1x1 k28, 36.0 us, 19.9 GB/s of weights\n")
                .contains("\npacking tri5r32 {\n", "\nkernel gate_up(", "    strategy tabulate;\n", "    strategy decode;\n");
        Path text = Files.writeString(folder.resolve("shown.tir"), shown);
        assertThat(run(List.of("check", text)).output()).contains(text + ": sound (1 codec, 1 packing, 1 kernel, 2 schedules)");
    }

    @Test
    void aFailedTrialIsShownWithItsReason() {
        String shown = records("show", trial(here, 2, FAILED, THEN).identity()).output();
        assertThat(shown).contains("// gate_up 640 x 2520, n 1: wrong\n//   row 3 is 7?[31m\n//   more\n");
        JsonNode json = JsonMapper.shared()
                .readTree(records("show", "--json", trial(here, 1, MEASURED, THEN).identity()).output());
        assertThat(json.path("samples").asInt()).isEqualTo(9);
    }

    @Test
    void diffComparesTwoPlaces() {
        Path other = folder.resolve("other.db");
        keep(other, List.of(trial(here, 1, MEASURED, THEN)),
                List.of(winner(here, 8, 18e-6, THEN.plusSeconds(5)), winner(there, 4, 9e-6, THEN.plusSeconds(60))));
        assertThat(records("diff", other).output())
                .startsWith("1  " + file() + ": 2 winners, 3 trials\n2  " + other + ": 2 winners, 1 trial\n")
                .containsPattern("gate_up +640 x 2520 +512 +tri5r32 +36.0 +here, 2 threads +tri5r32 +18.0 +here, 2 threads +0.50 x +another choice\n")
                .containsPattern("A, 64 threads +1.00 x +the same record\n")
                .endsWith("trials: 1 in both, 2 only in 1, 0 only in 2\n");
        JsonNode json = JsonMapper.shared().readTree(records("diff", other, "--json").output());
        assertThat(json.at("/winners/0/verdict").asString()).isEqualTo("other_choice");
        assertThat(json.at("/winners/0/second/step/seconds").asDouble()).isEqualTo(18e-6);
    }

    @Test
    void diffPairsMachinesAndNamesWhatHasNoPartner() {
        Path other = folder.resolve("other.db");
        var elsewhere = new Environment("cpu A Third", "25", "x", 1);
        keep(other, List.of(), List.of(winner(elsewhere, 1, 72e-6, THEN)));
        assertThat(records("diff", other).output())
                .containsPattern("A, 64 threads .*B, 1 thread +8.00 x +another choice\n")
                .containsPattern("here, 2 threads .*only in 1\n");
    }

    // ---- merge, prune ----

    @Test
    void mergeKeepsTheLater() {
        Path other = folder.resolve("other.db");
        Tuned later = winner(here, 8, 18e-6, THEN.plusSeconds(5)), earlier = winner(there, 8, 1e-6, THEN);
        keep(other, List.of(trial(here, 8, MEASURED, THEN)), List.of(later, earlier));
        assertThat(records("merge", other).output())
                .isEqualTo("from " + other + ": 2 winners, 1 trial\nnow  " + file() + ": 2 winners, 4 trials\n");
        assertThat(winners()).containsExactly(later, winner(there, 4, 9e-6, THEN.plusSeconds(60)));
    }

    @Test
    void pruneForgetsWhatIsOtherOldOrFailed() {
        assertThat(records("prune", "--failed", "--dry-run").output())
                .isEqualTo("would forget 0 winners and 1 trial\nof   " + file() + ": 2 winners, 3 trials\n");
        assertThat(records("prune", "--failed").output()).startsWith("forgot 0 winners and 1 trial\nleft " + file() + ": 2 winners, 2 trials\n");
        assertThat(records("prune", "--other").output()).startsWith("forgot 1 winner and 1 trial\n");
        assertThat(winners()).containsExactly(winner(here, 1, 36e-6, THEN));
        keep(file(), List.of(), List.of(winner(there, 4, 9e-6, Instant.now())));
        assertThat(records("prune", "--older-than", 1).output()).startsWith("forgot 1 winner and 1 trial\nleft " + file() + ": 1 winner, 0 trials\n");
    }

    // ---- bundles ----

    private Path export() {
        Path bundle = folder.resolve("some.bundle");
        assertThat(records("export", bundle).output())
                .matches("(?s)" + java.util.regex.Pattern.quote(bundle.toString()) + ": 2 winners, 3 trials\nsigned by ed25519:[0-9a-f]{64}\n");
        return bundle;
    }

    @Test
    void aBundleGivesALikeMachineTunedKernelsAndTellsAnUnlikeOneWhatDiffers() {
        Path bundle = export(), into = folder.resolve("new/records.db");
        Run run = run(List.of("records", "import", bundle, "--records", into, "--keys", folder.resolve("other-keys")));
        assertThat(run.output())
                .startsWith("from " + bundle + ": 2 winners, 3 trials\n")
                .containsPattern("signed by ed25519:[0-9a-f]{64}, which you do not trust: the file is whole, but whose it is nobody says\n")
                .contains("1 winner measured on here, 2 threads: used from now on\n")
                .contains("1 winner measured on A, 64 threads: not used here, where the cost model goes on choosing\n")
                .containsPattern("differs from here: cpu .*, there Another One 1.2.3")
                .endsWith("now  " + into + ": 2 winners, 3 trials\n");
        try (Records imported = Records.open(into.toString())) {
            assertThat(imported.tuned(ProblemKey.of(KERNEL, 640, 2520, 1), ProblemKey.of(KERNEL, 640, 2520, 512), here))
                    .contains(winner(here, 1, 36e-6, THEN));
        }
    }

    @Test
    void anExportCanBeLimited() {
        Path bundle = folder.resolve("some.bundle");
        assertThat(records("export", bundle, "--here", "--winners").output()).startsWith(bundle + ": 1 winner, 0 trials\n");
        assertThat(records("diff", bundle).output()).contains("the same record", "only in 1");
    }

    @Test
    void onlyTrustedRefusesAStrangersBundleUntilTheKeyIsTrusted() throws IOException {
        Path bundle = export(), into = folder.resolve("new.db"), keys = folder.resolve("other-keys");
        List<Object> strict = List.of("records", "import", bundle, "--records", into, "--keys", keys, "--only-trusted");
        Run refused = run(strict);
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).hasLineCount(1).matches("(?s).*signed by ed25519:[0-9a-f]{64}, which you do not trust; nothing was imported\n");
        assertThat(into).doesNotExist();
        String own = records("trust").output();
        assertThat(own).matches("own      ed25519:[0-9a-f]{64}\n");
        String key = own.substring(own.indexOf("ed25519")).strip();
        assertThat(run(List.of("records", "trust", key, "--keys", keys)).output()).isEqualTo("trusted: " + key + "\n");
        assertThat(run(List.of("records", "trust", key, "--keys", keys)).output()).isEqualTo("was trusted already: " + key + "\n");
        assertThat(run(List.of("records", "trust", "--keys", keys)).output()).endsWith("\ntrusted  " + key + "\n");
        assertThat(run(strict).output()).contains("signed by " + key + ", which you trust\n");
        assertThat(run(List.of("records", "trust", key, "--remove", "--keys", keys)).output()).isEqualTo("no longer trusted: " + key + "\n");
        assertThat(run(strict).status()).isEqualTo(2);
        // One's own is trusted.
        assertThat(records("import", bundle, "--only-trusted").output()).contains("which you trust\n");
    }

    // ---- what is wrong: one line, nothing changed ----

    private void assertRefused(int status, String part, Run run) {
        assertThat(run.err()).hasLineCount(1).contains(part);
        assertThat(run.out()).isEmpty();
        assertThat(run.status()).isEqualTo(status);
    }

    private Set<Path> files() throws IOException {
        try (var files = Files.walk(folder)) {
            return new TreeSet<>(files.toList());
        }
    }

    @Test
    void damagedFiles() throws IOException {
        Path bundle = export(), cut = folder.resolve("cut.bundle"), text = Files.writeString(folder.resolve("text.db"), "not these");
        byte[] bytes = Files.readAllBytes(bundle);
        bytes[bytes.length / 2] ^= 1;
        Files.write(cut, bytes);
        List<Tuned> before = winners();
        Set<Path> files = files();
        assertRefused(2, cut + ": damaged: its checksum is of other contents", records("import", cut));
        assertRefused(2, text + ": no bundle of Tern, or a damaged one", records("import", text));
        assertRefused(2, text + ": no file of records, or a damaged one", records("merge", text));
        assertRefused(2, text + ": no file of records, or a damaged one", records("diff", text));
        assertRefused(2, text + ": no file of records, or a damaged one", run(List.of("records", "list", "--records", text)));
        assertRefused(2, folder + ": a folder, no file of records", run(List.of("records", "list", "--records", folder)));
        assertThat(files()).isEqualTo(files);
        assertThat(winners()).isEqualTo(before);
        assertThat(text).hasContent("not these");
    }

    @Test
    void whatIsAskedForWrongly() throws IOException {
        Path missing = folder.resolve("missing");
        Set<Path> files = files();
        assertRefused(2, "tern records list: Unknown option: '--frobnicate'", records("list", "--frobnicate"));
        for (String command : List.of("diff", "merge", "import")) assertRefused(2, missing + ": no such file", records(command, missing));
        assertRefused(2, "no such folder", records("export", folder.resolve("no/some.bundle")));
        assertRefused(2, "expected --older-than, --other or --failed", records("prune"));
        assertRefused(2, "no record begins with 'zz'", records("show", "zz"));
        assertRefused(2, "not one record but 5 begins with ''", records("show", ""));
        assertRefused(2, "'me' is no key", records("trust", "me"));
        assertRefused(2, "not in jdbc:h2", run(List.of("records", "list", "--records", "jdbc:h2:mem:x")));
        assertRefused(1, "jdbc:postgresql://localhost:1/x: ", run(List.of("records", "list", "--records", "jdbc:postgresql://localhost:1/x?user=me")));
        assertRefused(2, "no such records", run(List.of("records", "export", folder.resolve("x"), "--records", missing, "--keys", folder.resolve("keys"))));
        assertThat(files()).isEqualTo(files);
    }
}
