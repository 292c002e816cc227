import org.jspecify.annotations.NullMarked;

/// A model over HTTP.
@NullMarked
module tern.runtime.server {
    requires static transitive org.jspecify;
    requires transitive tern.runtime;
    requires io.helidon.common.configurable;
    requires io.helidon.common.pki;
    requires io.helidon.common.tls;
    requires io.helidon.http;
    requires io.helidon.webserver;
    requires io.prometheus.metrics.core;
    requires io.prometheus.metrics.model;
    requires io.prometheus.writer.text;
    requires java.logging;

    exports tern.runtime.server;
}
