package tern.runtime.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/// The `tern` command.
@Command(
        name = "tern",
        mixinStandardHelpOptions = true,
        version = "tern 0.1.0",
        description = "Compiles ternary kernels, and runs the models built on them.")
public final class Main implements Runnable {

    private final PrintWriter out;

    private Main(PrintWriter out) {
        this.out = out;
    }

    /// Runs `tern` and ends the process with its status: 0 done, 1 failed, 2 asked for wrongly.
    ///
    /// @param args the command line
    public static void main(String[] args) {
        System.exit(run(writer(System.out), writer(System.err), args));
    }

    /// Runs `tern` within this process and returns its status.
    ///
    /// @param out where results go
    /// @param err where one line goes when the command line is wrong
    /// @param args the command line
    static int run(PrintWriter out, PrintWriter err, String... args) {
        return new CommandLine(new Main(out))
                .setOut(out)
                .setErr(err)
                .setParameterExceptionHandler(Main::explain)
                .execute(args);
    }

    @Override
    public void run() {
        new CommandLine(this).usage(out);
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, stream.charset());
    }

    private static int explain(ParameterException wrong, String[] args) {
        CommandLine command = wrong.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        String problem = String.valueOf(wrong.getMessage()).lines().findFirst().orElse("wrong command line");
        command.getErr().println(name + ": " + problem + " (" + name + " --help lists what there is)");
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }
}
