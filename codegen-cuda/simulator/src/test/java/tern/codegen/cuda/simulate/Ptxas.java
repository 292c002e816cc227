package tern.codegen.cuda.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/// NVIDIA's assembler, where this machine has it: what it takes is real PTX.
final class Ptxas {

    private Ptxas() {}

    static Optional<Path> find() {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(Stream.of(path.split(":")), Stream.of("/usr/local/cuda/bin"))
                .filter(p -> !p.isEmpty())
                .map(p -> Path.of(p, "ptxas"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /// Skips the test where there is none.
    static void accepts(String ptx, String architecture) {
        assumeTrue(find().isPresent(), "no ptxas on this machine: the text was not assembled");
        assertThat(complaint(ptx, architecture)).isEmpty();
    }

    /// What it says of a text, empty if it takes it.
    static String complaint(String ptx, String architecture) {
        try {
            Path file = Files.createTempFile("tern", ".ptx");
            try {
                Files.writeString(file, ptx);
                Process process = new ProcessBuilder(find().orElseThrow().toString(), "-arch=" + architecture, "-o", "/dev/null",
                        file.toString()).redirectErrorStream(true).start();
                String said = new String(process.getInputStream().readAllBytes());
                return process.waitFor() == 0 ? "" : said;
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
