package tern.codegen.jvm;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;

/// HotSpot's own commands, those of `jcmd`, for this JVM.
public final class DiagnosticCommand {

    private DiagnosticCommand() {}

    /// @param operation as the bean names it: `compilerQueue` for `Compiler.queue`
    /// @return what `jcmd` would print
    /// @throws JMException if this JVM has no such command
    public static String run(String operation, String... arguments) throws JMException {
        boolean none = arguments.length == 0;
        return String.valueOf(ManagementFactory.getPlatformMBeanServer().invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"), operation,
                none ? new Object[0] : new Object[] {arguments}, none ? new String[0] : new String[] {String[].class.getName()}));
    }
}
