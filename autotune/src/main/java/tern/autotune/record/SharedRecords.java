package tern.autotune.record;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Records of a database that may be away: what was last seen of it on this machine stands in, and what is found meanwhile is sent once the
/// database answers again. Somebody is told when it goes and when it is back.
final class SharedRecords implements Records {

    /// For which a database that did not answer is not asked again.
    private static final long REST_NANOS = Duration.ofSeconds(30).toNanos();

    private final Records shared;
    /// Winners as last seen.
    private final Records copy;
    /// What the database has not got yet.
    private final Records unsent;
    private final Consumer<String> said;
    private final LongSupplier nanos;
    private @Nullable Set<Tuned> copied;
    private boolean away, sent;
    private long askAgain;

    /// @param said  told, in one line each, that the database is away or back
    /// @param nanos the clock
    SharedRecords(Records shared, Path folder, Consumer<String> said, LongSupplier nanos) {
        this.shared = shared;
        String name = "shared-" + Identity.of(shared.name()).substring(0, 16);
        copy = Records.open(folder.resolve(name + ".db").toString());
        unsent = Records.open(folder.resolve(name + "-unsent.db").toString());
        this.said = said;
        this.nanos = nanos;
    }

    /// What the database says, or, where it does not answer, what is known here.
    private <T> T ask(Supplier<T> question, Supplier<T> otherwise) {
        if (away && nanos.getAsLong() - askAgain < 0) return otherwise.get();
        try {
            T answer = question.get();
            if (away) said.accept(shared.name() + " answers again");
            away = false;
            return answer;
        } catch (RecordsException e) {
            askAgain = nanos.getAsLong() + REST_NANOS;
            if (!away) said.accept("%s; its last copy here serves, and what is found is kept for it in %s".formatted(e.getMessage(), unsent.name()));
            away = true;
            return otherwise.get();
        }
    }

    /// What the database missed goes first. It may have got part of it, which does no harm.
    private void send() {
        if (sent && !unsent.exist()) return;
        List<Trial> trials = unsent.trials();
        List<Tuned> tuned = unsent.tuned();
        if (!trials.isEmpty() || !tuned.isEmpty()) {
            shared.addAll(trials, tuned);
            unsent.removeAll(trials, tuned);
        }
        sent = true;
    }

    @Override
    public synchronized void addAll(Collection<Trial> trials, Collection<Tuned> tuned) {
        boolean kept = ask(() -> {
            if (!sent) send();
            shared.addAll(trials, tuned);
            return true;
        }, () -> false);
        if (!kept) {
            unsent.addAll(trials, tuned);
            sent = false;
        }
        tuned.forEach(this::copy);
    }

    @Override
    public synchronized int removeAll(Collection<Trial> trials, Collection<Tuned> tuned) {
        return shared.removeAll(trials, tuned);
    }

    @Override
    public synchronized List<Trial> trials(ProblemKey problem, Environment environment) {
        return ask(() -> shared.trials(problem, environment), () -> unsent.trials(problem, environment));
    }

    @Override
    public synchronized Optional<Tuned> tuned(ProblemKey step, ProblemKey batch, Environment environment) {
        Optional<Tuned> here = unsent.exist() ? unsent.tuned(step, batch, environment) : Optional.empty();
        Optional<Tuned> there = ask(() -> shared.tuned(step, batch, environment), () -> copy.tuned(step, batch, environment));
        there.ifPresent(this::copy);
        return Stream.of(here, there).flatMap(Optional::stream).max(Comparator.comparing(Tuned::at));
    }

    /// A copy that cannot be kept is missed only when the database is away.
    private void copy(Tuned tuned) {
        try {
            Set<Tuned> known = copied;
            if (known == null) known = new HashSet<>(copy.tuned());
            copied = known;
            if (known.add(tuned)) copy.add(tuned);
        } catch (RecordsException e) {
            copied = new HashSet<>(List.of(tuned));
        }
    }

    @Override
    public synchronized List<Trial> trials() {
        return ask(shared::trials, unsent::trials);
    }

    @Override
    public synchronized List<Tuned> tuned() {
        return ask(shared::tuned, () -> {
            var all = new ArrayList<>(copy.tuned());
            all.sort(Comparator.comparing(Tuned::at));
            return all;
        });
    }

    @Override
    public synchronized void add(Machine machine) {
        ask(() -> {
            shared.add(machine);
            return true;
        }, () -> false);
    }

    @Override
    public synchronized List<Machine> machines() {
        return ask(shared::machines, List::of);
    }

    /// While the database is away, nobody can be asked, and all work is one's own.
    @Override
    public Claims claims(Duration lease) {
        Claims claims = shared.claims(lease);
        return new Claims() {
            @Override
            public boolean isShared() {
                return claims.isShared();
            }

            @Override
            public boolean take(String work, Instant seen) {
                synchronized (SharedRecords.this) {
                    return ask(() -> claims.take(work, seen), () -> true);
                }
            }

            @Override
            public void extend(String work) {
                tell(() -> claims.extend(work));
            }

            @Override
            public void release(String work) {
                tell(() -> claims.release(work));
            }

            private void tell(Runnable what) {
                synchronized (SharedRecords.this) {
                    ask(() -> {
                        what.run();
                        return true;
                    }, () -> false);
                }
            }

            @Override
            public void pause() {
                claims.pause();
            }
        };
    }

    @Override
    public void warmUp() {
        shared.warmUp();
    }

    @Override
    public String name() {
        return shared.name();
    }

    @Override
    public synchronized void close() {
        try (shared; copy; unsent) {
            copied = null;
        } catch (RecordsException e) {
            // Nothing is asked any more: a connection that broke is as good as closed.
        }
    }
}
