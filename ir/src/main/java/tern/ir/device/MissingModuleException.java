package tern.ir.device;

/// What was asked for needs a module of the JDK that this JVM was started without.
public final class MissingModuleException extends IllegalStateException {

    private static final long serialVersionUID = 1;

    private final String module;

    /// @param module its name
    public MissingModuleException(String module) {
        super("the JVM needs the flag --add-modules " + module);
        this.module = module;
    }

    public String module() {
        return module;
    }
}
