package tern.autotune.record;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/// Claims as rows, one for each piece of work in hand. Leases run by the database's clock, which is the same for all.
///
/// @param database in which a change is one transaction
/// @param claimant unlike any other
record PostgresClaims(SqlRecords database, String claimant, Duration lease) implements Claims {

    private static final Duration MOMENT = Duration.ofSeconds(1);

    private static final String NOW = "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000000)::BIGINT";

    /// A row of nobody's, if there is none.
    private static final String OFFER = "INSERT INTO tern_claim (work, claimant, until) VALUES (:work, '', 0) ON CONFLICT (work) DO NOTHING";

    /// Locks the row if it is free; a transaction that was made twice finds its own. Who holds the lock is about to claim it: to wait for that is of no use.
    private static final String LOCK =
            "SELECT work FROM tern_claim WHERE work = :work AND (until < " + NOW + " OR claimant = :claimant) FOR UPDATE SKIP LOCKED";

    /// Asked with the lock held: what was done before is there to be seen.
    private static final String DONE = """
            SELECT (SELECT COUNT(*) FROM tern_trial WHERE identity = :work AND made_at > :seen)
                 + (SELECT COUNT(*) FROM tern_tuned WHERE identity = :work AND made_at > :seen)""";

    private static final String TAKE = "UPDATE tern_claim SET claimant = :claimant, until = " + NOW + " + :lease WHERE work = :work";

    private static final String EXTEND = TAKE + " AND claimant = :claimant";

    private static final String REMOVE = "DELETE FROM tern_claim WHERE work = :work AND claimant = :claimant";

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public boolean take(String work, Instant seen) {
        return database.change(handle -> take(handle, work, Table.nanos(seen))) > 0;
    }

    private int take(Handle handle, String work, long seen) {
        handle.createUpdate(OFFER).bind("work", work).execute();
        boolean free = handle.createQuery(LOCK).bind("work", work).bind("claimant", claimant).mapTo(String.class).findOne().isPresent();
        if (!free) return 0;
        if (handle.createQuery(DONE).bind("work", work).bind("seen", seen).mapTo(Integer.class).one() == 0) return update(handle, TAKE, work);
        handle.createUpdate("DELETE FROM tern_claim WHERE work = :work").bind("work", work).execute();
        return 0;
    }

    private int update(Handle handle, String sql, String work) {
        return handle.createUpdate(sql).bindMap(Map.of("work", work, "claimant", claimant, "lease", lease.toNanos())).execute();
    }

    @Override
    public void extend(String work) {
        database.change(handle -> update(handle, EXTEND, work));
    }

    @Override
    public void release(String work) {
        database.change(handle -> handle.createUpdate(REMOVE).bind("work", work).bind("claimant", claimant).execute());
    }

    @Override
    public void pause() {
        try {
            Thread.sleep(MOMENT);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
