import org.jspecify.annotations.NullMarked;

/// The nouns that every other module shares, and what they mean.
@NullMarked
module tern.ir {
    requires static transitive org.jspecify;
    requires org.antlr.antlr4.runtime;

    exports tern.ir;
    exports tern.ir.device;
    exports tern.ir.loop;
    exports tern.ir.picture;
    exports tern.ir.reference;
    exports tern.ir.store;
    exports tern.ir.target;
    exports tern.ir.tensor;
    exports tern.ir.text;

    uses tern.ir.device.Device.Provider;

    provides tern.ir.device.Device.Provider with
            tern.ir.reference.ReferenceProvider;
}
