package tern.runtime.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// How a server listens, and what it bears.
///
/// @param key     that requests must show; empty if none is needed
/// @param tls     certificates and key; empty for plain HTTP
/// @param limits  of a request
/// @param lab     for texts of packings that are typed into the page; empty if it has no laboratory
public record ServerSettings(String host, int port, Optional<String> key, Optional<Tls> tls, Limits limits, Optional<Laboratory> lab) {

    /// PEM files.
    public record Tls(Path certificates, Path privateKey) {}

    /// @param body    bytes of a request
    /// @param header  bytes of its header
    /// @param streams connections at the same time
    /// @param time    of a request, from its arrival to its last byte
    public record Limits(int body, int header, int streams, Duration time) {

        public static final Limits USUAL = new Limits(4 << 20, 16 << 10, 1024, Duration.ofMinutes(10));
    }
}
