package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is asked for wrongly: one message, status 2, nothing written.
class MainTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--frob | tern: Unknown option: '--frob' (tern --help lists what there is)",
        "frob | tern: Unmatched argument at index 0: 'frob' (tern --help lists what there is)",
        "check | tern check: Missing required parameter: 'F.tir' (tern check --help lists what there is)",
        "check --frob x | tern check: Unknown option: '--frob' (tern check --help lists what there is)",
        "synth --preset huge --seed 1 --out x | tern synth: Invalid value for option '--preset': expected one of tiny, 700m, 1.3b, 2b4t, 3b, 3.9b, 7b, 13b, 70b, tiny-qwen3, bonsai-1.7b, bonsai-4b, bonsai-8b, tiny-embedding, embedding-0.6b, tiny-gemma3, embedding-270m but was 'huge' (tern synth --help lists what there is)",
        "synth --preset tiny --seed one --out x | tern synth: Invalid value for option '--seed': 'one' is not a long (tern synth --help lists what there is)",
        "inspect | tern inspect: Missing required parameter: 'F' (tern inspect --help lists what there is)",
    })
    void theCommandLine(String line, String message) {
        assertThat(Tern.run((Object[]) line.split(" "))).isEqualTo(new Tern(2, "", message + "\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"inspect", "check", "verify", "dump --stage text"})
    void aFileThatIsMissing(String command) {
        Path missing = folder.resolve("missing");
        String name = command.split(" ")[0];
        assertThat(Tern.run((Object[]) (command + " " + missing).split(" ")))
                .isEqualTo(new Tern(2, "", "tern %s: %s: no such file\n".formatted(name, missing)));
    }

    @Test
    void aFolder() {
        assertThat(Tern.run("check", folder)).isEqualTo(new Tern(2, "", "tern check: %s: no regular file\n".formatted(folder)));
        assertThat(Tern.run("inspect", folder)).isEqualTo(new Tern(2, "",
                "tern inspect: %s: folder: found no model.safetensors, model.safetensors.index.json or *.gguf\n".formatted(folder)));
    }

    @Test
    void aTextThatIsNone() throws IOException {
        Path file = Files.write(folder.resolve("latin1.tir"), new byte[] {'c', 'o', (byte) 0xe4});
        assertThat(Tern.run("check", file)).isEqualTo(new Tern(2, "", "tern check: " + file + ": no UTF-8 text\n"));
    }

    @Test
    void traceShowsWhere() {
        Tern run = Tern.run("check", "--trace", folder.resolve("missing"));
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).startsWith("tern check: ").contains("java.nio.file.NoSuchFileException", "\tat tern.runtime.cli.console.Texts");
    }

    @Test
    void helpListsTheCommands() {
        assertThat(Tern.run().out()).contains("synth", "inspect", "check", "dump", "verify");
        assertThat(Tern.run("verify", "--help").status()).isZero();
    }
}
