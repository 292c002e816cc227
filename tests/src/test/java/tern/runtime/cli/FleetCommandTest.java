package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.Machine;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Records;
import tern.autotune.record.Tuned;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.target.Targets;
import tern.ir.text.Tir;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.Rated;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `tern records fleet` over records of six machines of two fingerprints, two of which are slow, and `tern tune --like`.
class FleetCommandTest {

    private static final Instant THEN = Instant.parse("2026-02-28T01:02:03Z");
    private static final KernelDef KERNEL = Tir.library().kernel("bitlinear");
    private static final Packing PACKING = Tir.library().packing("tri5r32");
    private static final Environment OLD = new Environment("cpu Old 6.1; cores 4", "25", "g", 4), NEW = new Environment("cpu New 6.2; cores 8", "25", "g", 8);

    @TempDir
    Path folder;

    private static Tuned tuned(Environment environment, int m, double seconds) {
        Rated rated = Rated.of(new Use("w", KERNEL, m, 2560, 32, 1), List.of(PACKING), Targets.AVX2).getFirst();
        Ranked step = rated.step().getFirst(), batch = rated.batch().getFirst();
        return new Tuned(
                ProblemKey.of(KERNEL, m, 2560, 1), ProblemKey.of(KERNEL, m, 2560, 32), environment,
                Candidate.of(PACKING, "avx2", step.schedule()).packing(), Candidate.of(PACKING, "avx2", step.schedule()).schedule(),
                Candidate.of(PACKING, "avx2", batch.schedule()).schedule(), seconds, 32 * seconds, THEN);
    }

    @BeforeEach
    void fill() {
        try (Records records = Records.open(folder.resolve("records.db").toString())) {
            records.addAll(List.of(), List.of(tuned(OLD, 2560, 2e-4), tuned(OLD, 6912, 5e-4), tuned(NEW, 2560, 1e-4)));
            Stream.of(new Machine("a", OLD, 20e9, 1.0, THEN), new Machine("b", OLD, 20e9, 1.02, THEN), new Machine("lame", OLD, 19e9, 1.4, THEN),
                    new Machine("c", NEW, 40e9, 1.0, THEN), new Machine("d", NEW, 41e9, 1.0, THEN), new Machine("starved", NEW, 25e9, 1.0, THEN))
                    .forEach(records::add);
        }
    }

    private String run(int status, String... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        List<String> all = Stream.concat(Stream.of(args), Stream.of("--records", folder.resolve("records.db").toString())).toList();
        assertThat(Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new))).as("%s", err).isEqualTo(status);
        return status == 0 ? out.toString() : err.toString();
    }

    @Test
    void theFleetIsShownAsText() {
        String text = run(0, "records", "fleet");
        assertThat(text).contains("fingerprints:", "winners:", "missing:", "machines:", "cpu Old 6.1; cores 4", OLD.fingerprint().substring(0, 10))
                .contains("lame is 37 % slower than its like").doesNotContain("\na is ", "\nb is ", "\nc is ", "\nd is ")
                .contains("starved is 60 % slower than its like");
    }

    @Test
    void theFleetIsShownToPrograms() {
        JsonNode fleet = JsonMapper.shared().readTree(run(0, "records", "fleet", "--json"));
        assertThat(fleet.get("fingerprints")).hasSize(2);
        assertThat(fleet.get("winners")).hasSize(3).allSatisfy(w -> assertThat(w.get("share").asDouble()).isBetween(0.1, 1.0));
        assertThat(fleet.get("missing")).singleElement().satisfies(gap -> {
            assertThat(gap.get("fingerprint").asString()).isEqualTo(NEW.fingerprint().substring(0, 10));
            assertThat(gap.get("shape").asString()).isEqualTo("6912 x 2560");
        });
        assertThat(fleet.get("machines")).filteredOn(m -> m.get("outlier").asBoolean()).extracting(m -> m.get("name").asString())
                .containsExactlyInAnyOrder("lame", "starved");
    }

    @Test
    void theFleetIsShownOnAPage() throws Exception {
        Path page = folder.resolve("fleet.html");
        run(0, "records", "fleet", "--report", page.toString());
        assertThat(Files.readString(page)).contains("The fleet", "Missing: tuned by others only", "lame is 37 % slower than its like");
    }

    @Test
    void whoIsLikeNobodyIsToldWhoThereIs() {
        assertThat(run(2, "tune", "--preset", "tiny", "--like", "Nobody")).contains(
                "--like Nobody: none of [", OLD.fingerprint().substring(0, 10), NEW.fingerprint().substring(0, 10)).hasLineCount(1);
    }
}
