package tern.runtime.cli.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tern.autotune.trial.JavaCommand;
import tern.runtime.Folders;
import tern.runtime.server.Laboratory;

/// `tern check` and `tern explore` in processes of their own, with little memory and time: whatever a text does to one, the server goes on.
public final class ChildLaboratory implements Laboratory {

    /// As `explore` has it: a matrix that no cache holds.
    private static final String SHAPE = "4096,4096";

    private static final Duration CHECK = Duration.ofSeconds(30), SPEED = Duration.ofMinutes(2), TRIAL = Duration.ofSeconds(20);
    private static final List<String> BOUNDS = List.of("-Xmx384m", "-XX:MaxDirectMemorySize=384m");

    /// Bytes of a report or a picture.
    private static final int LONGEST = 8 << 20;

    private static final String NAME = "text";

    private final Class<?> main;
    private final int patience;

    /// @param main     the class that runs `tern`
    /// @param patience times the usual limits, for a test that must not depend on what else runs
    public ChildLaboratory(Class<?> main, int patience) {
        this.main = main;
        this.patience = patience;
    }

    /// @param main the class that runs `tern`
    public ChildLaboratory(Class<?> main) {
        this(main, 1);
    }

    @Override
    public Outcome run(Part part, String text) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("tern-lab-");
        try {
            Path file = Files.writeString(folder.resolve(NAME), text), picture = folder.resolve("picture.svg");
            return switch (part) {
                case CHECK -> {
                    Outcome outcome = run(folder, CHECK.multipliedBy(patience), List.of("check", file.toString(), "--picture", picture.toString()));
                    yield outcome.sound() ? new Outcome(true, outcome.report(), read(picture)) : outcome;
                }
                case SPEED -> run(folder, SPEED.multipliedBy(patience), List.of("explore", file.toString(), "--shape", SHAPE, "--tries", "1",
                        "--trial", String.valueOf(TRIAL.multipliedBy(patience).toSeconds()), "--json"));
            };
        } finally {
            Folders.delete(folder);
        }
    }

    private Outcome run(Path folder, Duration limit, List<String> arguments) throws IOException, InterruptedException {
        Path out = folder.resolve("out"), err = folder.resolve("err");
        Process process = new ProcessBuilder(JavaCommand.of(main, BOUNDS, arguments))
                .redirectInput(ProcessBuilder.Redirect.from(Files.createFile(folder.resolve("in")).toFile()))
                .redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        boolean ended = false;
        try {
            ended = process.waitFor(limit.toSeconds(), TimeUnit.SECONDS);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
        if (!ended) return new Outcome(false, "it takes more than %d s, which the laboratory does not bear".formatted(limit.toSeconds()), "");
        String report = read(out).replace(folder + "/", ""), complaints = read(err).replace(folder + "/", "");
        return process.exitValue() == 0 ? new Outcome(true, report, "") : new Outcome(false, complaints.isBlank() ? report : said(complaints), "");
    }

    /// Without what every JVM warns of.
    private static String said(String complaints) {
        return String.join("\n", complaints.lines().filter(line -> !line.startsWith("WARNING:")).toList());
    }

    private static String read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(LONGEST), UTF_8);
        }
    }
}
