package tern.autotune.record;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Winners as rows.
final class TunedTable extends Table<Tuned> {

    static final TunedTable WINNERS = new TunedTable();

    /// With a bare parameter: it is asked without Jdbi.
    static final String ONE = "SELECT * FROM tern_tuned WHERE identity = ?";

    private TunedTable() {
        super("tern_tuned");
    }

    @Override
    String identity(Tuned tuned) {
        return tuned.identity();
    }

    @Override
    Instant at(Tuned tuned) {
        return tuned.at();
    }

    @Override
    void put(Tuned tuned, Map<String, @Nullable Object> row) {
        put("step", tuned.step(), row);
        put("batch", tuned.batch(), row);
        put(tuned.environment(), row);
        row.put("packing", tuned.packing());
        row.put("step_schedule", tuned.stepSchedule());
        row.put("batch_schedule", tuned.batchSchedule());
        row.put("step_seconds", tuned.stepSeconds());
        row.put("batch_seconds", tuned.batchSeconds());
    }

    private static void put(String prefix, ProblemKey problem, Map<String, @Nullable Object> row) {
        row.put(prefix + "_kernel", problem.kernel());
        row.put(prefix + "_m", problem.m());
        row.put(prefix + "_k", problem.k());
        row.put(prefix + "_tokens", problem.maxTokens());
    }

    @Override
    Tuned read(ResultSet row) throws SQLException {
        return new Tuned(
                problem("step", row),
                problem("batch", row),
                environment(row),
                row.getString("packing"),
                row.getString("step_schedule"),
                row.getString("batch_schedule"),
                row.getDouble("step_seconds"),
                row.getDouble("batch_seconds"),
                at(row));
    }

    private static ProblemKey problem(String prefix, ResultSet row) throws SQLException {
        return new ProblemKey(
                row.getString(prefix + "_kernel"), row.getInt(prefix + "_m"), row.getInt(prefix + "_k"), row.getInt(prefix + "_tokens"));
    }
}
