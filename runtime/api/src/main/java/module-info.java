import org.jspecify.annotations.NullMarked;

/// A model in a Java program.
@NullMarked
module tern.api {
    requires static transitive org.jspecify;
    requires transitive tern.runtime;
    requires transitive tern.scheduler;

    uses tern.ir.device.Device.Provider;

    exports tern.api;
}
