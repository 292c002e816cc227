package tern.runtime.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;
import picocli.CommandLine;
import tern.ir.device.MissingModuleException;
import tern.ir.device.StartTimes;
import tern.runtime.cli.bench.BenchCommand;
import tern.runtime.cli.bench.PeersCommand;
import tern.runtime.cli.chat.ChatCommand;
import tern.runtime.cli.console.Arguments;
import tern.runtime.cli.console.Failure;
import tern.runtime.cli.console.ProcessStart;
import tern.runtime.cli.console.SecondStart;
import tern.runtime.cli.console.Suggestions;
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
import tern.runtime.cli.model.PackCommand;
import tern.runtime.cli.model.SynthCommand;
import tern.runtime.cli.model.UnpackCommand;
import tern.runtime.cli.records.RecordsCommand;
import tern.runtime.cli.run.CompletionCommand;
import tern.runtime.cli.run.DemoCommand;
import tern.runtime.cli.run.DetokenizeCommand;
import tern.runtime.cli.run.EmbedCommand;
import tern.runtime.cli.run.FirstRunCommand;
import tern.runtime.cli.run.RunCommand;
import tern.runtime.cli.run.TokenizeCommand;
import tern.runtime.cli.serve.ServeCommand;
import tern.runtime.cli.tune.ExploreCommand;
import tern.runtime.cli.tune.TuneCommand;

/// The `tern` command.
@Command(
        name = "tern",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        version = "tern 0.1.0",
        description = "Compiles ternary kernels, and runs the models built on them.")
public final class Main implements Runnable {

    /// As they are listed.
    private static final List<Class<?>> COMMANDS = List.of(
            DemoCommand.class,
            SynthCommand.class,
            RunCommand.class,
            ChatCommand.class,
            ServeCommand.class,
            EmbedCommand.class,
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
            PackCommand.class,
            UnpackCommand.class,
            CheckCommand.class,
            DumpCommand.class,
            ExportCommand.class,
            VerifyCommand.class,
            GpuCheckCommand.class,
            ExploreCommand.class,
            RecordsCommand.class,
            CacheCommand.class,
            TokenizeCommand.class,
            DetokenizeCommand.class,
            FirstRunCommand.class,
            CompletionCommand.class,
            CommandLine.HelpCommand.class);

    /// They look at all the others.
    private static final List<Class<?>> OF_ALL = List.of(FirstRunCommand.class, CompletionCommand.class, CommandLine.HelpCommand.class);

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
        ProcessStart.measure();
        PrintWriter out = writer(System.out), err = writer(System.err);
        String[] given;
        try {
            given = Arguments.utf8(args);
        } catch (IllegalArgumentException e) {
            err.println("tern: " + e.getMessage());
            System.exit(2);
            return;
        }
        int status = run(out, err, given);
        if (status == 0 && isList(given)) return; // no other thread runs; to exit would have the JVM look for a logger first
        System.exit(status);
    }

    /// Whether the commands are asked for and nothing else.
    private static boolean isList(String... args) {
        return args.length == 0 || args.length == 1 && List.of("-h", "--help").contains(args[0]);
    }

    /// Runs `tern` within this process and returns its status.
    ///
    /// @param out where results go
    /// @param err where a message goes when something is wrong
    /// @param args the command line
    static int run(PrintWriter out, PrintWriter err, String... args) {
        Locale.setDefault(Locale.ROOT); // numbers for other programs, whatever the user's language
        var main = new Main(out);
        int status;
        try {
            status = commandLine(main, commands(args))
                    .setOut(out)
                    .setErr(err)
                    .setParameterExceptionHandler(Main::explain)
                    .setExecutionExceptionHandler((failure, command, parsed) -> main.explain(failure, command))
                    .execute(args);
        } catch (OutOfMemoryError e) {
            err.println("tern: out of memory: " + e.getMessage() + " (-Xmx and -XX:MaxDirectMemorySize of the JVM allow more, where the machine has it)");
            return 1;
        }
        if (!out.checkError() || status != 0) return status;
        err.println("tern: standard output could not be written");
        return 1;
    }

    /// All commands, none of them run.
    static CommandLine commandLine() {
        return commandLine(new Main(writer(System.out)), COMMANDS);
    }

    /// @param commands classes, or what stands for them
    private static CommandLine commandLine(Main main, List<?> commands) {
        var tern = new CommandLine(main);
        try (var _ = StartTimes.part("command line")) {
            commands.forEach(tern::addSubcommand);
        }
        return tern.setExpandAtFiles(false) // text is text: @x and -x after an option are its value
                .setAllowOptionsAsOptionParameters(true)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    /// The command that is asked for, outlines for a list of them, or all: picocli takes half a second to look at all of them.
    private static List<?> commands(String... args) {
        if (isList(args)) return COMMANDS.stream().map(Main::outline).toList();
        for (Class<?> one : COMMANDS) if (one.getAnnotation(Command.class).name().equals(args[0]) && !OF_ALL.contains(one)) return List.of(one);
        return COMMANDS;
    }

    /// Its name and what it is for.
    private static CommandLine outline(Class<?> command) {
        Command says = command.getAnnotation(Command.class);
        CommandSpec outline = CommandSpec.create().name(says.name());
        outline.usageMessage().header(says.header()).description(says.description());
        return new CommandLine(outline);
    }

    @Override
    public void run() {
        commandLine(this, commands()).usage(out);
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, StandardCharsets.UTF_8);
    }

    /// picocli's words for a name that no file can have, or none in this locale.
    private static final Pattern NO_PATH =
            Pattern.compile("cannot convert '(.*)' to interface java.nio.file.Path \\(java.nio.file.InvalidPathException: ([^:]*).*\\)", Pattern.DOTALL);

    private static int explain(ParameterException wrong, String[] args) {
        CommandLine command = wrong.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        Optional<String> unknown = wrong instanceof UnmatchedArgumentException
                ? Optional.empty()
                : command.getUnmatchedArguments().stream().filter(arg -> arg.startsWith("-")).findFirst();
        String problem = unknown.map("Unknown option: '%s'"::formatted)
                .orElseGet(() -> NO_PATH.matcher(String.valueOf(wrong.getMessage())).replaceFirst("'$1' is no file name: $2").lines().findFirst()
                        .map(line -> line.endsWith(".") ? line.substring(0, line.length() - 1) : line)
                        .orElse("wrong command line"));
        List<String> unmatched = wrong instanceof UnmatchedArgumentException one ? one.getUnmatched() : unknown.or(() -> askedFor(wrong)).stream().toList();
        String meant =
                unmatched.isEmpty() ? "" : Suggestions.of(unmatched.getFirst(), command.getCommandSpec()).map("; did you mean %s?"::formatted).orElse("");
        command.getErr().println(name + ": " + problem + meant + " (" + name + " --help lists what there is)");
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    /// What `tern help` was asked about.
    private static Optional<String> askedFor(ParameterException wrong) {
        return wrong.getArgSpec() == null ? Optional.ofNullable(wrong.getValue()) : Optional.empty();
    }

    private int explain(Exception thrown, CommandLine command) {
        OptionalInt again = thrown instanceof MissingModuleException missing ? SecondStart.with(missing.module()) : OptionalInt.empty();
        if (again.isPresent()) return again.getAsInt();
        Failure failure = Failure.of(thrown);
        String name = command.getCommandSpec().qualifiedName();
        command.getErr().println(failure.isPlaced() ? failure.message() : name + ": " + failure.message());
        if (trace) thrown.printStackTrace(command.getErr());
        return failure.status();
    }
}
