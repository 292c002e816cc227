import org.jspecify.annotations.NullMarked;

/// Proves kernels exact, measures them, searches for the fastest, and keeps what was found.
@NullMarked
module tern.autotune {
    requires static transitive org.jspecify;
    requires transitive tern.ir;
    requires transitive tern.scheduler;
    requires flyway.core;
    requires java.sql;
    requires org.jdbi.v3.core;
    requires java.management;
    requires tools.jackson.databind;

    // Jdbi and the drivers use these, and have no module descriptors that could say so: PostgreSQL's reads the names in
    // certificates by java.naming, and logs in with Kerberos by java.security.jgss.
    requires io.leangen.geantyref;
    requires java.naming;
    requires java.security.jgss;
    requires org.slf4j;

    exports tern.autotune.bundle;
    exports tern.autotune.record;
    exports tern.autotune.search;
    exports tern.autotune.trial;
    exports tern.autotune.verify;

    uses tern.ir.device.Device.Provider;

    // What the two processes of a trial say to each other.
    opens tern.autotune.trial to
            tools.jackson.databind;
}
