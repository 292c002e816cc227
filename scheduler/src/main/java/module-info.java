import org.jspecify.annotations.NullMarked;

/// From a kernel and a target to loops.
@NullMarked
module tern.scheduler {
    requires static transitive org.jspecify;
    requires transitive tern.ir;

    exports tern.scheduler;
    exports tern.scheduler.problem;

    uses tern.ir.device.CodePricer;
}
