package tern.autotune.record;

import java.time.Instant;

/// How one machine of a fleet ran what its like have found.
///
/// @param name      of the host
/// @param bandwidth of reads from memory, bytes a second
/// @param slowness  time of winners on this machine, over their recorded time; 1 on the machine that found them
public record Machine(String name, Environment environment, double bandwidth, double slowness, Instant at) {

    /// Of name and environment: 64 hexadecimal digits.
    public String identity() {
        return Identity.of(name, environment);
    }
}
