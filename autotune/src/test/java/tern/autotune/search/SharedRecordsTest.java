package tern.autotune.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.autotune.record.Outcome;
import tern.autotune.record.OwnServer;
import tern.autotune.record.RecordedSchedules;
import tern.autotune.record.Records;
import tern.ir.Packing;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.target.Targets;
import tern.ir.text.Tir;

/// A shared database that stops under a tuning and under a model that starts.
class SharedRecordsTest {

    private static final Tir LIBRARY = Tir.library();
    private static final List<Packing> SOME = Stream.of("tri5r32", "i2_s").map(LIBRARY::packing).toList();
    private static final Use USE = new Use("qkv", LIBRARY.kernel("bitlinear"), 3840, 2560, 32, 30);
    private static final Settings USUAL = new Settings(1e6, 0.95, Preference.BALANCED, 8, false, false);

    @TempDir
    Path folder;

    private final List<String> said = new ArrayList<>();
    private long nanos;

    @Test
    void aTuningGoesOnWithoutItsDatabaseAndSendsWhatItMissed() {
        try (var server = new OwnServer(folder.resolve("data"))) {
            var runner = new ScriptedRunner((problem, recipe) -> 1e-10 * problem.m() * problem.k() * recipe.packing().bitsPerWeight());
            int[] tried = new int[1];
            var watcher = new Watcher() {
                @Override
                public void tried(Use use, int tokens, TuningCandidate candidate, Outcome outcome) {
                    switch (++tried[0]) {
                        case 2 -> server.stop();
                        case 5 -> {
                            server.start();
                            nanos += Duration.ofSeconds(31).toNanos();
                        }
                        default -> {}
                    }
                }

                @Override
                public void trouble(String message) {
                    throw new AssertionError(message);
                }
            };
            Tuning tuning;
            try (Records records = server.records(folder, said::add, () -> nanos)) {
                var tuner = new Tuner(runner, records, Targets.AVX512, USUAL, watcher, runner::nanos);
                tuning = tuner.tune(List.of(USE), SOME, null);
                assertThat(tuner.isKeeping()).isTrue();
            }
            assertThat(tuning.complete()).isTrue();
            assertThat(tried[0]).isGreaterThan(5);
            assertThat(said).hasSize(2);
            assertThat(said.get(0)).startsWith("jdbc:postgresql://localhost:").contains("; its last copy here serves, and what is found is kept for it in ");
            assertThat(said.get(1)).endsWith("/postgres answers again");
            try (Records there = Records.open(server.url())) {
                UseResult result = tuning.results().getFirst();
                assertThat(there.trials().stream().map(t -> t.candidate()).distinct()).as("what was found while it was away is there too")
                        .hasSize(result.step().outcomes().size() + result.batch().outcomes().size());
                assertThat(there.tuned()).hasSize(1);
                assertThat(there.machines()).singleElement().satisfies(m -> assertThat(m.slowness()).isBetween(0.9, 1.1));
            }
            starts(server, runner);
        }
    }

    /// A model that starts: with its database, without it, and without it and any copy.
    private void starts(OwnServer server, ScriptedRunner runner) {
        server.stop();
        said.clear();
        try (Records records = server.records(folder, said::add, () -> nanos)) {
            var schedules = new RecordedSchedules(records, runner.environment());
            assertThat(schedules.tuned(USE)).as("the last copy").isPresent();
            assertThat(schedules.tuned(USE)).isPresent();
        }
        assertThat(said).as("one line").hasSize(1);
        try (Records records = server.records(folder.resolve("other"), said::add, () -> nanos)) {
            assertThat(new RecordedSchedules(records, runner.environment()).tuned(USE)).isEmpty();
        }
    }
}
