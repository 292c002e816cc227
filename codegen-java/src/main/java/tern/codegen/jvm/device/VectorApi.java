package tern.codegen.jvm.device;

import tern.ir.device.MissingModuleException;

/// The module that bytecode is written for. It incubates: the JVM has it on request only, warns of it, and then starts without its archive
/// of modules. So machine code does without.
final class VectorApi {

    private static final String MODULE = "jdk.incubator.vector";

    private VectorApi() {}

    static boolean isHere() {
        return ModuleLayer.boot().findModule(MODULE).isPresent();
    }

    /// @throws MissingModuleException if the JVM was started without it
    static void require() {
        if (!isHere()) throw new MissingModuleException(MODULE);
    }
}
