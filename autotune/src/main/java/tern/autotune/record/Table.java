package tern.autotune.record;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Records of one kind as rows. Each row has an `identity` and a moment, `made_at`; all statements are understood by SQLite and by
/// PostgreSQL.
abstract class Table<T> {

    private static final long NANOS = 1_000_000_000;

    private final String name;

    Table(String name) {
        this.name = name;
    }

    /// Every column but `identity` and `made_at`, with its value.
    abstract void put(T from, Map<String, @Nullable Object> into);

    abstract String identity(T one);

    abstract Instant at(T one);

    abstract T read(ResultSet row) throws SQLException;

    /// All columns with their values, always in the same order.
    final Map<String, @Nullable Object> row(T from) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("identity", identity(from));
        put(from, row);
        row.put("made_at", nanos(at(from)));
        return row;
    }

    /// Adds a row; an older record never takes the place of a later one.
    final String upsert(Collection<String> columns) {
        return "INSERT INTO %1$s (%2$s) VALUES (%3$s) ON CONFLICT (identity) DO UPDATE SET %4$s WHERE %1$s.made_at <= excluded.made_at"
                .formatted(
                        name,
                        String.join(", ", columns),
                        list(columns, column -> ":" + column),
                        list(columns, column -> column + " = excluded." + column));
    }

    private static String list(Collection<String> columns, Function<String, String> each) {
        return columns.stream().map(each).collect(Collectors.joining(", "));
    }

    /// Removes a row unless a later record has taken its place.
    final String delete() {
        return "DELETE FROM " + name + " WHERE identity = :identity AND made_at = :made_at";
    }

    final String selectAll() {
        return "SELECT * FROM " + name + " ORDER BY made_at, identity";
    }

    /// Moments are kept to the nanosecond: what comes back equals what was kept.
    static long nanos(Instant at) {
        return Math.addExact(Math.multiplyExact(at.getEpochSecond(), NANOS), at.getNano());
    }

    static Instant at(ResultSet row) throws SQLException {
        long nanos = row.getLong("made_at");
        return Instant.ofEpochSecond(Math.floorDiv(nanos, NANOS), Math.floorMod(nanos, NANOS));
    }

    static void put(Environment from, Map<String, @Nullable Object> into) {
        into.put("processor", from.processor());
        into.put("jdk", from.jdk());
        into.put("generation", from.generation());
        into.put("threads", from.threads());
    }

    static Environment environment(ResultSet row) throws SQLException {
        return new Environment(row.getString("processor"), row.getString("jdk"), row.getString("generation"), row.getInt("threads"));
    }
}
