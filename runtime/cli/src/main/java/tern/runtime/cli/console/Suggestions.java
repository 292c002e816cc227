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

    /// Letters to insert, delete, replace or exchange with the next. Source: Damerau, 1964, as optimal string alignment.
    static int distance(String a, String b) {
        int[][] of = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++)
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    of[i][j] = i + j;
                    continue;
                }
                int replaced = of[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                of[i][j] = Math.min(replaced, 1 + Math.min(of[i - 1][j], of[i][j - 1]));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1))
                    of[i][j] = Math.min(of[i][j], 1 + of[i - 2][j - 2]);
            }
        return of[a.length()][b.length()];
    }
}
