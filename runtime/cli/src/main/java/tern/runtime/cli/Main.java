package tern.runtime.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import tern.runtime.cli.bench.BenchCommand;
import tern.runtime.cli.bench.PeersCommand;
import tern.runtime.cli.chat.ChatCommand;
import tern.runtime.cli.console.Failure;
import tern.runtime.cli.evaluate.CompareCommand;
import tern.runtime.cli.evaluate.DoctorCommand;
import tern.runtime.cli.evaluate.LogitsCommand;
import tern.runtime.cli.evaluate.PplCommand;
import tern.runtime.cli.evaluate.ScoreCommand;
import tern.runtime.cli.gpu.GpuCheckCommand;
import tern.runtime.cli.kernel.CheckCommand;
import tern.runtime.cli.kernel.DumpCommand;
import tern.runtime.cli.kernel.ExportCommand;
import tern.runtime.cli.kernel.VerifyCommand;
import tern.runtime.cli.model.CacheCommand;
import tern.runtime.cli.model.ConvertCommand;
import tern.runtime.cli.model.InspectCommand;
import tern.runtime.cli.model.SynthCommand;
import tern.runtime.cli.records.RecordsCommand;
import tern.runtime.cli.run.DemoCommand;
import tern.runtime.cli.run.RunCommand;
import tern.runtime.cli.serve.ServeCommand;
import tern.runtime.cli.tune.ExploreCommand;
import tern.runtime.cli.tune.TuneCommand;

/// The `tern` command.
@Command(
        name = "tern",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        version = "tern 0.1.0",
        description = "Compiles ternary kernels, and runs the models built on them.",
        subcommands = {
            DemoCommand.class,
            SynthCommand.class,
            RunCommand.class,
            ChatCommand.class,
            ServeCommand.class,
            LogitsCommand.class,
            PplCommand.class,
            CompareCommand.class,
            DoctorCommand.class,
            ScoreCommand.class,
            BenchCommand.class,
            PeersCommand.class,
            TuneCommand.class,
            InspectCommand.class,
            ConvertCommand.class,
            CheckCommand.class,
            DumpCommand.class,
            ExportCommand.class,
            VerifyCommand.class,
            GpuCheckCommand.class,
            ExploreCommand.class,
            RecordsCommand.class,
            CacheCommand.class
        })
public final class Main implements Runnable {

    private final PrintWriter out;

    @Option(names = "--trace", scope = ScopeType.INHERIT, description = "Print the stack trace of a failure.")
    private boolean trace;

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
    /// @param err where a message goes when something is wrong
    /// @param args the command line
    static int run(PrintWriter out, PrintWriter err, String... args) {
        var main = new Main(out);
        return new CommandLine(main)
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Main::explain)
                .setExecutionExceptionHandler((failure, command, parsed) -> main.explain(failure, command))
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

    private int explain(Exception thrown, CommandLine command) {
        Failure failure = Failure.of(thrown);
        String name = command.getCommandSpec().qualifiedName();
        command.getErr().println(failure.isPlaced() ? failure.message() : name + ": " + failure.message());
        if (trace) thrown.printStackTrace(command.getErr());
        return failure.status();
    }
}
