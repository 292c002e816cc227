package tern;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// NVIDIA's assembler, where it is found: on PATH or where CUDA is usually installed.
public final class Ptxas {

    private static final Pattern USED = Pattern.compile("Used (\\d+) registers");
    private static final Pattern SPILLS =
            Pattern.compile("(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");

    private final Path executable;

    private Ptxas(Path executable) {
        this.executable = executable;
    }

    /// What the assembler says of an entry.
    ///
    /// @param registers of a thread
    /// @param local     bytes of stack and spills
    /// @param said      all of it
    public record Report(int registers, int local, String said) {}

    public static Optional<Ptxas> find() {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(Stream.of(path.split(":")), Stream.of("/usr/local/cuda/bin"))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, "ptxas"))
                .filter(Files::isExecutable)
                .findFirst()
                .map(Ptxas::new);
    }

    /// @throws AssertionError with what it says if the text does not assemble
    public Report assemble(String ptx, int sm) throws IOException, InterruptedException {
        return assemble(ptx, "sm_" + sm);
    }

    /// @param architecture `sm_90a`
    /// @throws AssertionError with what it says if the text does not assemble
    public Report assemble(String ptx, String architecture) throws IOException, InterruptedException {
        Path text = Files.createTempFile("kernel", ".ptx");
        try {
            Files.writeString(text, ptx);
            Process process = new ProcessBuilder(
                    executable.toString(), "-v", "-arch=" + architecture, text.toString(), "-o", "/dev/null")
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) throw new AssertionError(said + "\n" + ptx);
            Matcher used = USED.matcher(said), spills = SPILLS.matcher(said);
            if (!used.find() || !spills.find()) throw new AssertionError("no report: " + said);
            int local = Integer.parseInt(spills.group(1)) + Integer.parseInt(spills.group(2)) + Integer.parseInt(spills.group(3));
            return new Report(Integer.parseInt(used.group(1)), local, said);
        } finally {
            Files.delete(text);
        }
    }
}
