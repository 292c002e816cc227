package tern.runtime.cli.console;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/// The command or option that was meant by one that there is none of.
public final class Suggestions {

    private Suggestions() {}

    /// The nearest name, if few letters differ.
    public static Optional<String> of(String given, CommandSpec command) {
        String name = given.startsWith("-") && given.contains("=") ? given.substring(0, given.indexOf('=')) : given;
        List<String> names = new ArrayList<>(name.startsWith("-") ? command.optionsMap().keySet() : command.subcommands().keySet());
        int most = Math.max(1, name.length() / 3);
        return names.stream().filter(known -> distance(name, known) <= most).min(Comparator.comparingInt(known -> distance(name, known)));
    }

    /// Letters to insert, delete or replace. Source: Wagner and Fischer, 1974.
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) row[j] = j;
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
