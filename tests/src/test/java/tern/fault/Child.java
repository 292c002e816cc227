package tern.fault;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// `tern` in a process of its own.
final class Child {

    /// Against children that never end; no measure of how long they may take.
    private static final int SECONDS = 900;

    /// @param err without what the JVM says of itself
    record Ended(int status, String out, String err) {}

    /// @param below processes that it had started
    record Killed(Ended ended, List<ProcessHandle> below) {}

    private final Process process;
    private final Path out, err;

    private Child(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /// @param shell what a shell does before, `ulimit -f 100` say
    /// @param jvm   flags
    static Child start(String shell, List<String> jvm, Object... arguments) throws IOException {
        var command = new ArrayList<>(List.of("sh", "-c", shell + "; exec \"$@\"", "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(jvm);
        command.addAll(List.of("-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), "tern.runtime.cli.Main"));
        for (Object argument : arguments) command.add(argument.toString());
        Path out = Files.createTempFile("tern-child", ".out"), err = Files.createTempFile("tern-child", ".err");
        return new Child(new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start(), out, err);
    }

    static Ended run(Object... arguments) throws IOException, InterruptedException {
        return start(":", List.of(), arguments).end();
    }

    Ended end() throws IOException, InterruptedException {
        boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
        if (!ended) process.destroyForcibly().waitFor();
        return said(ended ? process.exitValue() : -1);
    }

    /// As `kill -9` does.
    Ended killAfter(long millis) throws IOException, InterruptedException {
        process.waitFor(millis, TimeUnit.MILLISECONDS);
        return said(process.destroyForcibly().waitFor());
    }

    /// The same, the time beginning once what it has written to standard error is enough.
    Killed killAfter(Predicate<String> enough, long millis) throws IOException, InterruptedException {
        while (process.isAlive() && !enough.test(Files.readString(err, StandardCharsets.ISO_8859_1))) Thread.sleep(5);
        process.waitFor(millis, TimeUnit.MILLISECONDS);
        List<ProcessHandle> below = process.descendants().toList();
        return new Killed(killAfter(0), below);
    }

    private Ended said(int status) throws IOException {
        String lines = Files.readString(err).lines().filter(line -> !line.startsWith("WARNING: Using incubator")).map(line -> line + "\n")
                .collect(Collectors.joining());
        var ended = new Ended(status, Files.readString(out), lines);
        Files.delete(out);
        Files.delete(err);
        return ended;
    }
}
