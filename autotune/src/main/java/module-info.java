import org.jspecify.annotations.NullMarked;

/// Proves kernels exact and keeps what was measured of them.
@NullMarked
module tern.autotune {
    requires static transitive org.jspecify;
    requires transitive tern.ir;
    requires transitive tern.scheduler;
    requires flyway.core;
    requires java.sql;
    requires org.jdbi.v3.core;
    requires tools.jackson.databind;

    // Jdbi, Flyway and the drivers use these, and have no module descriptors that could say so.
    requires io.leangen.geantyref;
    requires org.slf4j;

    exports tern.autotune.bundle;
    exports tern.autotune.record;
    exports tern.autotune.verify;
}
