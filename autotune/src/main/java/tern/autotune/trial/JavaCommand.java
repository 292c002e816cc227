package tern.autotune.trial;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The command line of another process like this one: the same java, flags, and modules or class path.
public final class JavaCommand {

    private JavaCommand() {}

    /// @param main      whose `main` is run
    /// @param flags     of the JVM, beyond those of this process
    /// @param arguments of `main`
    public static List<String> of(Class<?> main, List<String> flags, List<String> arguments) {
        var line = new ArrayList<String>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments())
            // Agents (debuggers, coverage) may not be loaded twice, and slow what is measured.
            if (!flag.startsWith("-agent") && !flag.startsWith("-javaagent")) line.add(flag);
        line.add("-XX:-CreateCoredumpOnCrash"); // a process that dies is a result, not a heap of files
        line.addAll(flags);
        Module module = main.getModule();
        if (module.isNamed()) line.addAll(List.of("--module", module.getName() + "/" + main.getName()));
        else line.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        line.addAll(arguments);
        return line;
    }
}
