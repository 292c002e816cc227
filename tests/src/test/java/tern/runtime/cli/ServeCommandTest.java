package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tern.ir.device.Device;
import tern.ir.device.DeviceException;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.ModelConfig;
import tern.runtime.synth.Synthesizer;

/// `tern serve` as a process.
class ServeCommandTest {

    private static final int SECONDS = 900;

    @TempDir
    Path folder;

    private static String wrong(String... arguments) {
        var err = new StringWriter();
        assertThat(Main.run(new PrintWriter(new StringWriter()), new PrintWriter(err, true), arguments)).isEqualTo(2);
        return err.toString().strip();
    }

    @Test
    void beyondThisMachineAKeyIsNeeded() throws IOException {
        assertThat(wrong("serve", "--model", "none.gguf", "--host", "0.0.0.0"))
                .isEqualTo("tern serve: --host 0.0.0.0: give --api-key-file, or say --no-key");
        Path empty = Files.writeString(folder.resolve("key"), "\n");
        assertThat(wrong("serve", "--model", "none.gguf", "--api-key-file", empty.toString())).endsWith("key: its first line is empty");
        assertThat(wrong("serve", "--model", "none.gguf", "--tls-cert", "a.pem")).isEqualTo("tern serve: --tls-cert and --tls-key go together");
    }

    @Test
    void theMemoryForKeysAndValuesMustHoldAText() throws IOException {
        Path file = folder.resolve("tiny.gguf");
        Synthesizer.write(ModelConfig.TINY, 3, TensorType.I2_S, TensorType.F16, file, (done, total) -> {});
        assertThat(wrong("serve", "--model", file.toString(), "--port", "0", "--threads", "1", "--template", "none", "--context", "256", "--kv-memory", "1K",
                "--cache", folder.toString())).endsWith("GB; --context or --kv make it smaller").contains("--kv-memory: a sequence of 256 tokens needs ");
    }

    @Test
    void aDeviceMustBeThere() throws IOException {
        Path file = folder.resolve("tiny.gguf");
        Synthesizer.write(ModelConfig.TINY, 3, TensorType.I2_S, TensorType.F16, file, (done, total) -> {});
        assertThat(wrong("serve", "--model", file.toString(), "--port", "0", "--device", "abacus")).contains("abacus").hasLineCount(1);
    }

    /// One that is not what there is without the option: machine code where the processor has it, since bytecode is slow at first.
    private static String device() {
        Device.Provider cpu =
                ServiceLoader.load(Device.Provider.class).stream().map(ServiceLoader.Provider::get).filter(p -> p.name().equals("cpu")).findFirst()
                        .orElseThrow();
        try (Device _ = cpu.open("machine", 1)) {
            return "cpu:machine";
        } catch (DeviceException e) {
            return "cpu:bytecode";
        }
    }

    private static HttpRequest post(String address, String path, String body) {
        return HttpRequest.newBuilder(URI.create(address + path)).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)).build();
    }

    /// The signal comes while a stream is under way: it is finished, nothing new is taken, and the status is 0. The server is on the device
    /// that was asked for. Of the texts, names and paths in right and wrong requests it says nothing.
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aSignalLetsStreamsFinish() throws IOException, InterruptedException {
        Path file = folder.resolve("tiny.gguf");
        Synthesizer.write(ModelConfig.TINY, 3, TensorType.I2_S, TensorType.F16, file, (done, total) -> {});
        String device = device();
        Process tern = new ProcessBuilder(command("serve", "--model", file.toString(), "--port", "0", "--threads", "1", "--template", "none",
                "--context", "256", "--packing", "i2_s", "--device", device, "--grace", "900", "--cache", folder.toString()))
                .redirectOutput(folder.resolve("out.txt").toFile()).start();
        try (BufferedReader said = tern.errorReader(); HttpClient client = HttpClient.newHttpClient()) {
            String address = address(said);
            HttpResponse<String> props = client.send(HttpRequest.newBuilder(URI.create(address + "/props")).build(), BodyHandlers.ofString());
            assertThat(props.body()).contains("\"device\":\"" + device + "\"");
            var statuses = new ArrayList<Integer>();
            for (HttpRequest request : List.of(
                    post(address, "/v1/completions", "{\"prompt\": \"secret\", \"max_tokens\": 2}"),
                    post(address, "/v1/completions", "{\"prompt\": \"secret\", \"max_tokens\": \"secret\"}"),
                    post(address, "/v1/chat/completions", "{\"messages\": [{\"role\": \"secret\""),
                    post(address, "/v1/completions", "{\"prompt\": \"" + "secret ".repeat(100) + "\"}"),
                    post(address, "/secret?secret=secret", "secret")))
                statuses.add(client.send(request, BodyHandlers.ofString()).statusCode());
            assertThat(statuses).containsExactly(200, 400, 400, 400, 404);
            HttpRequest stream = post(address, "/v1/completions",
                    "{\"prompt\": \"secret\", \"stream\": true, \"max_tokens\": 60, \"temperature\": 0, \"logit_bias\": {\"511\": -100}}");
            try (InputStream body = client.send(stream, BodyHandlers.ofInputStream()).body();
                    var lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
                assertThat(lines.readLine()).startsWith("data:");
                tern.toHandle().destroy(); // Process.destroy closes the streams, too
                List<String> rest = lines.lines().filter(line -> line.startsWith("data:")).toList();
                assertThat(rest).last().isEqualTo("data: [DONE]");
                assertThat(rest.get(rest.size() - 2)).contains("\"finish_reason\":\"length\"");
            }
            assertThat(said.readLine()).as("what it says after its address, until it ends").isNull();
            assertThat(tern.waitFor(SECONDS, TimeUnit.SECONDS)).as("it ends").isTrue();
            assertThat(tern.exitValue()).isZero();
            assertThat(folder.resolve("out.txt")).isEmptyFile();
        } finally {
            tern.destroyForcibly();
        }
    }

    private static String address(BufferedReader said) throws IOException {
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            Matcher found = Pattern.compile("http://\\S+:\\d+").matcher(line);
            if (found.find()) return found.group();
        }
        throw new AssertionError("the server said nothing of its address");
    }

    private static List<String> command(String... arguments) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments())
            if (flag.startsWith("--") || flag.startsWith("-XX:")) command.add(flag);
        command.addAll(List.of("-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))));
        command.add(Main.class.getName());
        command.addAll(List.of(arguments));
        return command;
    }
}
