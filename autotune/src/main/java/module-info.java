import org.jspecify.annotations.NullMarked;

/// Proves kernels exact. Finding the fastest schedule by measuring is to come.
@NullMarked
module tern.autotune {
    requires static transitive org.jspecify;
    requires transitive tern.ir;
    requires transitive tern.scheduler;

    exports tern.autotune.verify;
}
