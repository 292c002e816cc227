package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.api.Generate;
import tern.api.Options;
import tern.api.Tern;
import tern.ir.device.DeviceException;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.ModelConfig;
import tern.runtime.synth.Synthesizer;

/// A program with Tern in it, started without flags.
class FrontDoorTest {

    @TempDir
    Path folder;

    /// @param args model, device
    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[0]);
        try (var tern = Tern.open(file, Options.USUAL.withDevice(args[1]).withThreads(1).withContext(64).withFolder(file.resolveSibling("cache")))) {
            System.out.print(tern.generate("a", Generate.GREEDY.withMost(2), _ -> {}).tokens() + " tokens");
        } catch (DeviceException | IllegalStateException e) {
            System.out.print(e.getMessage());
        }
    }

    private String started(String device) throws IOException, InterruptedException {
        Process program = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                FrontDoorTest.class.getName(), folder.resolve("tiny.gguf").toString(), device).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String out = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(program.waitFor()).as(out).isZero();
        return out;
    }

    @Test
    void machineCodeNeedsNoFlagAndBytecodeNamesIt() throws Exception {
        Synthesizer.write(ModelConfig.TINY, 3, TensorType.I2_S, TensorType.F16, folder.resolve("tiny.gguf"), (done, total) -> {});
        assertThat(started("cpu:bytecode")).isEqualTo("the JVM needs the flag --add-modules jdk.incubator.vector");
        Devices.machineCode(1).close(); // or the rest is skipped
        assertThat(started("cpu:machine")).endsWith(" tokens");
    }
}
