package tern.runtime.cli.bench;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tern.ir.device.Samples;
import tern.runtime.Quote;
import tern.runtime.cli.console.Failure;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One run of llama-bench, of llama.cpp or of a program derived from it (ik_llama.cpp, bitnet.cpp), as `-o json` tells it.
///
/// @param build      commit it was built from, as it says itself; empty if it does not
/// @param processor  as it says itself; empty if it does not
/// @param model      what kind of model it found in the file; empty if it does not say
/// @param prompt     tokens per second of the test that reads a prompt
/// @param generation tokens per second of the test that generates
record PeerBench(String build, String processor, String model, Samples prompt, Samples generation) {

    /// What is measured, of the peer as of Tern.
    ///
    /// @param prompt,generate tokens
    /// @param threads         at least 1
    /// @param repetitions     of one run
    record Settings(int prompt, int generate, int threads, int repetitions) {

        Settings {
            if (prompt < 1 || generate < 1 || repetitions < 1) throw new IllegalArgumentException("-p, -n and -r must be positive");
            if (threads < 1) throw new IllegalArgumentException("-t must not be negative: " + threads);
        }

        /// Options of llama-bench and of `tern bench`, which have the same names.
        List<String> options() {
            return List.of("-p", "" + prompt, "-n", "" + generate, "-t", "" + threads, "-r", "" + repetitions);
        }
    }

    /// @param more options of the peer's own
    /// @throws NoSuchFileException        if there is no such program or model
    /// @throws Failure.Unavailable        if it fails, or prints something else
    static PeerBench run(Path program, Path model, Settings settings, List<String> more) throws IOException {
        if (!Files.isRegularFile(program)) throw new NoSuchFileException(program.toString());
        if (!Files.isExecutable(program)) throw new IllegalArgumentException(program + ": not a program that may be run");
        if (!Files.exists(model)) throw new NoSuchFileException(model.toString());
        var line = new ArrayList<>(List.of(program.toAbsolutePath().toString(), "-m", model.toString()));
        line.addAll(settings.options());
        line.addAll(more);
        line.addAll(List.of("-o", "json"));
        return parse(program.toString(), output(program.toString(), line), settings);
    }

    /// Standard output of a process that must end well.
    ///
    /// @param name that failures begin with
    /// @throws Failure.Unavailable if it cannot be started, or ends with another status than 0
    static String output(String name, List<String> line) throws IOException {
        Path complaints = Files.createTempFile("tern-peers", ".log");
        Process process = null;
        try {
            process = start(name, line, complaints.toFile());
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0)
                throw new Failure.Unavailable("%s ended with status %d: %s".formatted(name, status, lastLine(complaints).orElse("it said nothing")));
            return said;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            if (process != null) process.destroyForcibly();
            Files.deleteIfExists(complaints);
        }
    }

    private static Process start(String name, List<String> line, File complaints) {
        try {
            return new ProcessBuilder(line).redirectError(complaints).start();
        } catch (IOException e) {
            throw new Failure.Unavailable(name + " cannot be started: " + e.getMessage());
        }
    }

    private static Optional<String> lastLine(Path log) throws IOException {
        return new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                .lines().map(String::strip).filter(line -> !line.isEmpty()).reduce((_, last) -> last).map(line -> Quote.of(line, 200));
    }

    /// @param name that failures begin with
    /// @param said an array with an object for each test: its `n_prompt` and `n_gen`, and its samples `samples_ts`
    static PeerBench parse(String name, String said, Settings settings) {
        JsonNode tests;
        try {
            tests = JsonMapper.shared().readTree(said);
        } catch (JacksonException e) {
            throw new Failure.Unavailable("%s printed no JSON: %s".formatted(name, Quote.of(said.strip(), 100)));
        }
        Samples prompt = samples(name, tests, settings.prompt, 0);
        Samples generation = samples(name, tests, 0, settings.generate);
        JsonNode first = tests.get(0);
        return new PeerBench(
                first.path("build_commit").asString(""), first.path("cpu_info").asString(""), first.path("model_type").asString(""), prompt, generation);
    }

    private static Samples samples(String name, JsonNode tests, int prompt, int generate) {
        for (JsonNode test : tests) {
            if (test.path("n_prompt").asInt(-1) != prompt || test.path("n_gen").asInt(-1) != generate) continue;
            double[] speeds = test.path("samples_ts").valueStream().mapToDouble(one -> one.asDouble(0)).toArray();
            if (speeds.length == 0) speeds = new double[] {test.path("avg_ts").asDouble(0)};
            Samples samples = Samples.of(speeds);
            if (samples.min() > 0) return samples;
        }
        throw new Failure.Unavailable("%s printed no tokens per second for n_prompt %d and n_gen %d".formatted(name, prompt, generate));
    }

    /// The same program in two runs.
    PeerBench and(PeerBench later) {
        return new PeerBench(build, processor, model, prompt.and(later.prompt), generation.and(later.generation));
    }
}
