package tern.autotune.record;

import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Outcome.Measured;
import tern.autotune.record.Outcome.Reason;

/// Trials as rows.
final class TrialTable extends Table<Trial> {

    static final TrialTable TRIALS = new TrialTable();

    static final String OF_SUBJECT =
            "SELECT * FROM tern_trial WHERE subject = :subject ORDER BY median IS NULL, median, made_at, identity";

    /// Those of a measurement, those of a failure; the others are null.
    private static final List<String> OUTCOME = List.of("median", "shortest", "longest", "samples", "reason", "detail");

    private TrialTable() {
        super("tern_trial");
    }

    @Override
    String identity(Trial trial) {
        return trial.identity();
    }

    @Override
    Instant at(Trial trial) {
        return trial.at();
    }

    @Override
    void put(Trial trial, Map<String, @Nullable Object> row) {
        ProblemKey problem = trial.problem();
        row.put("subject", Identity.of(problem, trial.environment()));
        row.put("kernel", problem.kernel());
        row.put("m", problem.m());
        row.put("k", problem.k());
        row.put("max_tokens", problem.maxTokens());
        row.put("packing", trial.candidate().packing());
        row.put("schedule", trial.candidate().schedule());
        put(trial.environment(), row);
        OUTCOME.forEach(column -> row.put(column, null));
        switch (trial.outcome()) {
            case Measured measured -> {
                // SQLite would keep NaN as null, and null comes back as zero.
                if (!Double.isFinite(measured.seconds())) throw new IllegalArgumentException("measured " + measured.seconds() + " s");
                row.put("median", measured.seconds());
                row.put("shortest", measured.min());
                row.put("longest", measured.max());
                row.put("samples", measured.samples());
            }
            case Failed failed -> {
                row.put("reason", failed.reason().name());
                row.put("detail", storable(failed.detail()));
            }
        }
    }

    /// What a process said before it crashed may hold anything; a database takes neither zeros nor halves of characters.
    private static String storable(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8).replace('\0', '?');
    }

    @Override
    Trial read(ResultSet row) throws SQLException {
        return new Trial(
                new ProblemKey(row.getString("kernel"), row.getInt("m"), row.getInt("k"), row.getInt("max_tokens")),
                new Candidate(row.getString("packing"), row.getString("schedule")),
                environment(row),
                outcome(row),
                at(row));
    }

    private static Outcome outcome(ResultSet row) throws SQLException {
        String reason = row.getString("reason");
        double seconds = row.getDouble("median");
        if (!row.wasNull()) return new Measured(seconds, row.getDouble("shortest"), row.getDouble("longest"), row.getInt("samples"));
        for (Reason known : Reason.values()) if (known.name().equals(reason)) return new Failed(known, row.getString("detail"));
        throw new SQLException("a trial failed for a reason that this version of Tern does not know: " + reason);
    }
}
