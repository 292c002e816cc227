package tern.runtime.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import tern.runtime.cli.run.SumsDemo;

/// What users do first, done while the JVM takes notes for its archive of classes: help, a model that nobody has run yet, and the same again.
public final class TrainingRun {

    private TrainingRun() {}

    /// Prints nothing; leaves no file.
    public static void main(String[] args) throws IOException {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        Path folder = Files.createTempDirectory("tern");
        try {
            String model = SumsDemo.unpacked(folder).toString();
            List<String> run = List.of("run", "--json", "--model", model, "--prompt", "47+85=", "--cache", folder.toString());
            for (List<String> words : List.of(List.of("--help"), run, run)) Main.run(nowhere, nowhere, words.toArray(String[]::new));
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
            }
        }
    }
}
