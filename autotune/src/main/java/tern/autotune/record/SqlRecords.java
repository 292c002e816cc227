package tern.autotune.record;

import static tern.autotune.record.MachineTable.MACHINES;
import static tern.autotune.record.TrialTable.TRIALS;
import static tern.autotune.record.TunedTable.WINNERS;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Schema.State;
import tern.autotune.record.Snapshot.Stamp;

/// Records in a database, through Jdbi; but what a model asks when it starts goes past Jdbi, which takes a third of a second to be
/// loaded, and mostly past the database, see [Snapshot].
final class SqlRecords implements Records {

    private final Database database;
    private @Nullable Connection connection;
    private State state = State.NONE;
    /// Nobody will ask any more: what warms up has nothing to open.
    private boolean closed;

    SqlRecords(Database database) {
        this.database = database;
    }

    @Override
    public boolean exist() {
        return database.exists();
    }

    @Override
    public String name() {
        return database.name();
    }

    @Override
    public void warmUp() {
        Thread.ofPlatform().daemon().name("tern-records").start(() -> {
            try {
                open();
            } catch (RecordsException e) {
                // The first question meets the same failure, where somebody listens.
            }
        });
    }

    private synchronized void open() {
        if (closed) return;
        boolean known = database.snapshot().flatMap(snapshot -> snapshot.stamp().flatMap(snapshot::read)).isPresent();
        if (!known) run(() -> Optional.ofNullable(forReading()));
    }

    @Override
    public void addAll(Collection<Trial> trials, Collection<Tuned> tuned) {
        change(handle -> {
            trials.forEach(trial -> add(handle, TRIALS, trial));
            tuned.forEach(one -> add(handle, WINNERS, one));
            return trials.size() + tuned.size();
        });
    }

    @Override
    public void add(Machine machine) {
        change(handle -> {
            add(handle, MACHINES, machine);
            return 1;
        });
    }

    /// An earlier Tern's records have no such table.
    @Override
    public synchronized List<Machine> machines() {
        boolean there = run(() -> Optional.ofNullable(forReading())).isPresent();
        return there && state == State.CURRENT ? select(MACHINES, MACHINES.selectAll(), Map.of()) : List.of();
    }

    @Override
    public Claims claims(Duration lease) {
        if (!database.isShared()) return Claims.ALONE;
        return new PostgresClaims(this, ProcessHandle.current().pid() + "-" + UUID.randomUUID(), lease);
    }

    private static <T> void add(Handle handle, Table<T> table, T one) {
        Map<String, @Nullable Object> row = table.row(one);
        handle.createUpdate(table.upsert(row.keySet())).bindMap(row).execute();
    }

    @Override
    public int removeAll(Collection<Trial> trials, Collection<Tuned> tuned) {
        if (trials.isEmpty() && tuned.isEmpty()) return 0;
        return change(handle -> trials.stream().mapToInt(trial -> remove(handle, TRIALS, trial)).sum()
                + tuned.stream().mapToInt(one -> remove(handle, WINNERS, one)).sum());
    }

    private static <T> int remove(Handle handle, Table<T> table, T one) {
        return handle.createUpdate(table.delete()).bindMap(table.row(one)).execute();
    }

    @Override
    public List<Trial> trials(ProblemKey problem, Environment environment) {
        return select(TRIALS, TrialTable.OF_SUBJECT, Map.of("subject", Identity.of(problem, environment)));
    }

    @Override
    public List<Trial> trials() {
        return select(TRIALS, TRIALS.selectAll(), Map.of());
    }

    @Override
    public List<Tuned> tuned() {
        return select(WINNERS, WINNERS.selectAll(), Map.of());
    }

    /// The texts are compared too: a hit is never wrong, not even in a file that was damaged.
    @Override
    public synchronized Optional<Tuned> tuned(ProblemKey step, ProblemKey batch, Environment environment) {
        return run(() -> winners(step, batch, environment)).stream()
                .filter(found -> found.step().equals(step) && found.batch().equals(batch) && found.environment().equals(environment))
                .findFirst();
    }

    /// The one asked for, or all; without Jdbi, and where there is a snapshot without a connection.
    private List<Tuned> winners(ProblemKey step, ProblemKey batch, Environment environment) throws SQLException {
        if (!database.exists()) return List.of();
        Optional<Snapshot> snapshot = database.snapshot();
        if (snapshot.isEmpty()) return select(TunedTable.ONE, Identity.of(step, batch, environment));
        Optional<Stamp> stamp = snapshot.get().stamp();
        Optional<List<Tuned>> known = stamp.flatMap(snapshot.get()::read);
        if (known.isPresent()) return known.get();
        List<Tuned> all = select(WINNERS.selectAll());
        stamp.ifPresent(of -> snapshot.get().write(of, all));
        return all;
    }

    private List<Tuned> select(String sql, String... parameters) throws SQLException {
        Connection open = forReading();
        if (open == null) return List.of();
        try (PreparedStatement statement = open.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) statement.setString(i + 1, parameters[i]);
            var found = new ArrayList<Tuned>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) found.add(WINNERS.read(row));
            }
            return found;
        }
    }

    @Override
    public synchronized void close() {
        try {
            if (connection != null) connection.close();
        } catch (SQLException e) {
            throw database.explain(e);
        } finally {
            connection = null;
            state = State.NONE;
            closed = true;
        }
    }

    // ---- connections ----

    private interface Work<T> {
        T run() throws SQLException, IOException;
    }

    interface Change {
        int apply(Handle handle);
    }

    /// In one transaction.
    synchronized int change(Change change) {
        return run(() -> Jdbi.create(forWriting()).inTransaction(change::apply));
    }

    private synchronized <T> List<T> select(Table<T> table, String sql, Map<String, ?> parameters) {
        return run(() -> {
            Connection open = forReading();
            if (open == null) return List.of();
            return Jdbi.create(open)
                    .withHandle(handle -> handle.createQuery(sql).bindMap(parameters).map((row, _) -> table.read(row)).list());
        });
    }

    /// Null if there are no records yet. Tables of an earlier Tern are read as they are: who reads need not have the right to alter them.
    private @Nullable Connection forReading() throws SQLException {
        if (!database.exists()) return null;
        Connection open = connection();
        if (state != State.CURRENT) state = Schema.find(database, open);
        return state == State.NONE ? null : open;
    }

    private Connection forWriting() throws SQLException, IOException {
        database.prepare();
        Connection open = connection();
        if (state != State.CURRENT) state = Schema.find(database, open);
        if (state != State.CURRENT) migrate(open);
        return open;
    }

    private void migrate(Connection open) throws SQLException {
        Schema.migrate(database, open);
        state = State.CURRENT;
    }

    private Connection connection() throws SQLException {
        Connection open = connection;
        if (open == null) connection = open = database.connect();
        return open;
    }

    /// Once more on a new connection if the old one broke: every change may be made twice. A server that cannot be reached is not tried twice.
    private <T> T run(Work<T> work) {
        try {
            try {
                return work.run();
            } catch (SQLException | JdbiException e) {
                SQLException cause = Schema.cause(e);
                if (cause == null || connection == null || !database.isLost(cause)) throw e;
                connection = null;
                return work.run();
            }
        } catch (SQLException | JdbiException | FlywayException e) {
            SQLException cause = Schema.cause(e);
            throw cause != null ? database.explain(cause) : new RecordsException(name() + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new RecordsException(name() + ": cannot be made: " + reason(e), e);
        } catch (LinkageError e) {
            throw new RecordsException(name() + ": the database driver cannot be loaded: " + e.getMessage(), e);
        }
    }

    /// Most say what is wrong, and some say where only.
    private static String reason(IOException e) {
        return switch (e) {
            case FileAlreadyExistsException f -> f.getFile() + " is no folder";
            case AccessDeniedException f -> "access to " + f.getFile() + " is denied";
            default -> String.valueOf(e.getMessage());
        };
    }
}
