package tern.autotune.record;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;

/// How one machine of a fleet ran what its like have found.
///
/// @param name      of the host
/// @param bandwidth of reads from memory, bytes a second
/// @param slowness  time of winners on this machine, over their recorded time; 1 on the machine that found them
public record Machine(String name, Environment environment, double bandwidth, double slowness, Instant at) {

    /// Name of this host, as its system has it.
    public static String here() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unnamed";
        }
    }

    /// Of name and environment: 64 hexadecimal digits.
    public String identity() {
        return Identity.of(name, environment);
    }
}
