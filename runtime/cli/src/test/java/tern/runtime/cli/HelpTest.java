package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// Help for every command, and a hint for what is nearly one.
class HelpTest {

    @Test
    void helpOfACommandIsItsUsage() {
        assertThat(Tern.run("help", "run")).isEqualTo(Tern.run("run", "--help"));
        assertThat(Tern.run("help", "run").out()).contains("--prompt-file");
    }

    /// The list is made of outlines.
    @Test
    void theListOfCommandsIsThatOfAllCommands() {
        assertThat(Tern.run("--help")).isEqualTo(new Tern(0, Main.commandLine().getUsageMessage(), ""));
        assertThat(Tern.run()).isEqualTo(Tern.run("--help"));
        assertThat(Tern.run("-h")).isEqualTo(Tern.run("--help"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "runn --model x | tern: Unmatched arguments from index 0: 'runn', '--model', 'x'; did you mean run? (tern --help lists what there is)",
        "run --promt x | tern run: Unknown option: '--promt'; did you mean --prompt? (tern run --help lists what there is)",
        "run --model x --promt x | tern run: Unknown options: '--promt', 'x'; did you mean --prompt? (tern run --help lists what there is)",
        "run --model x --frobnicate=1 | tern run: Unknown option: '--frobnicate=1' (tern run --help lists what there is)",
        "records mrege x | tern records: Unmatched arguments from index 1: 'mrege', 'x'; did you mean merge? (tern records --help lists what there is)",
        "help rnu | tern: Unknown subcommand 'rnu'; did you mean run? (tern --help lists what there is)",
        "inspect a\0b | tern inspect: Invalid value for positional parameter at index 0 (F): 'a\0b' is no file name: Nul character not allowed"
                + " (tern inspect --help lists what there is)",
    })
    void whatWasMeant(String line, String message) {
        assertThat(Tern.run((Object[]) line.split(" "))).isEqualTo(new Tern(2, "", message + "\n"));
    }

    @Test
    void completionKnowsCommandsAndOptions() {
        assertThat(Tern.run("completion").out()).contains("complete -F _complete_tern", "tokenize", "--json-schema", "bashcompinit");
    }

    /// An option that takes a value says what holds without it.
    @Test
    void everyOptionSaysItsDefault() {
        var silent = new ArrayList<String>();
        visit(Main.commandLine(), silent);
        assertThat(silent).isEmpty();
    }

    /// picocli formats descriptions, and prints a warning of its own beside one that it cannot.
    @Test
    void everyDescriptionIsAFormat() {
        var texts = new ArrayList<String>();
        describe(Main.commandLine(), texts);
        assertThat(texts).hasSizeGreaterThan(100).allSatisfy(text -> assertThatCode(() -> String.format(Locale.ROOT, text)).doesNotThrowAnyException());
    }

    private static void describe(CommandLine command, ArrayList<String> texts) {
        CommandSpec spec = command.getCommandSpec();
        Stream.of(spec.usageMessage().description(), spec.usageMessage().header(), spec.usageMessage().footer()).forEach(lines -> texts.addAll(List.of(lines)));
        spec.args().forEach(arg -> texts.addAll(List.of(arg.description())));
        command.getSubcommands().values().forEach(sub -> describe(sub, texts));
    }

    private static void visit(CommandLine command, ArrayList<String> silent) {
        for (OptionSpec option : command.getCommandSpec().options()) {
            if (option.arity().max() == 0 || option.required() || option.hidden()) continue;
            if (!String.join(" ", option.description()).toLowerCase(Locale.ROOT).contains("default"))
                silent.add(command.getCommandSpec().qualifiedName() + " " + option.longestName());
        }
        command.getSubcommands().values().forEach(sub -> visit(sub, silent));
    }
}
