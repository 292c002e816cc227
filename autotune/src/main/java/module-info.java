import org.jspecify.annotations.NullMarked;

/// Finds the fastest schedule by measuring.
@NullMarked
module tern.autotune {
    requires static transitive org.jspecify;
    requires transitive tern.ir;
    requires transitive tern.scheduler;

    exports tern.autotune.verify;
}
