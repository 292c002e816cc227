import org.jspecify.annotations.NullMarked;

/// A simulator of NVIDIA cards, found as a device of its own.
@NullMarked
module tern.codegen.cuda.simulate {
    requires static transitive org.jspecify;
    requires transitive tern.codegen.cuda;

    exports tern.codegen.cuda.simulate;

    provides tern.ir.device.Device.Provider with
            tern.codegen.cuda.simulate.SimulatorProvider;
}
