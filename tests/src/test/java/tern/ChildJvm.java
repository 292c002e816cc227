package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Another JVM with the class path and the flags of this one, and some more.
final class ChildJvm {

    /// Against children that never end; no measure of how long they may take.
    private static final int SECONDS = 1800;

    /// For short runs that measure nothing: the second compiler takes longer than it saves, with vectors that are objects too.
    static final String ONE_COMPILER = "-XX:TieredStopAtLevel=1";

    private ChildJvm() {}

    /// What `main` printed, both streams, once it has ended well.
    static String run(Class<?> main, List<String> flags, String... arguments) throws IOException, InterruptedException {
        return run(main, flags, Map.of(), arguments);
    }

    /// The same with other variables; an empty one is none.
    static String run(Class<?> main, List<String> flags, Map<String, String> variables, String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments())
            if (flag.startsWith("--") || flag.startsWith("-XX:")) command.add(flag);
        command.addAll(flags);
        command.add("-Dbasedir=" + System.getProperty("basedir", "."));
        command.addAll(List.of("-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile("tern-child", ".txt");
        try {
            var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
            builder.environment().putAll(variables);
            builder.environment().values().removeIf(String::isEmpty);
            Process child = builder.start();
            boolean ended = child.waitFor(SECONDS, TimeUnit.SECONDS);
            if (!ended) child.destroyForcibly();
            String said = Files.readString(output);
            assertThat(ended).as("ended within %d s: %s%n%s", SECONDS, flags, said).isTrue();
            assertThat(child.exitValue()).as("%s: %s", flags, said).isZero();
            return said;
        } finally {
            Files.deleteIfExists(output);
        }
    }
}
