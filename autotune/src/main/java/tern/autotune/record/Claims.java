package tern.autotune.record;

import java.time.Instant;

/// Work in hand, so that several machines that share records do each piece once. What a machine that died had in hand is free again when its
/// lease is over.
///
/// Every method throws a [RecordsException] when the database cannot be asked.
public interface Claims {

    /// Of records that nobody shares: all work is one's own.
    Claims ALONE = new Claims() {};

    /// Whether others may be at work.
    default boolean isShared() {
        return false;
    }

    /// Takes a piece of work.
    ///
    /// @param work identity of a [Trial] or [Tuned] that is to be made
    /// @param seen when the latest of that identity was made that is known; [Instant#EPOCH] for none
    /// @return false if it is in other hands, or was done since
    default boolean take(String work, Instant seen) {
        return true;
    }

    /// Begins the lease anew.
    default void extend(String work) {}

    /// Gives a piece of work back, done or not: it is done once its record is kept.
    default void release(String work) {}

    /// Waits a moment for others.
    default void pause() {}
}
