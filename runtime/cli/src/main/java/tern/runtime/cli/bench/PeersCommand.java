package tern.runtime.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.autotune.trial.JavaCommand;
import tern.ir.device.Samples;
import tern.runtime.cli.console.Failure;
import tern.runtime.cli.console.Numbers;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.ReportOptions;
import tern.runtime.cli.report.Fields;
import tern.runtime.cli.report.Grid;
import tern.runtime.cli.report.Report;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `tern peers`: Tern's bench and another program's on the same machine, in turn, each in a process of its own.
@Command(
        name = "peers",
        description = {
            "Measures Tern and llama-bench of llama.cpp, ik_llama.cpp or bitnet.cpp in turn, and compares the medians.",
            "Tern generates after its prompt, llama-bench from an empty context."
        })
public final class PeersCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(names = "--llama-bench", paramLabel = "PROGRAM", required = true, description = "the peer's llama-bench")
    Path peer = Path.of("llama-bench");

    @Option(names = "--model", paramLabel = "F", required = true, description = ModelOptions.MODEL)
    Path model = Path.of("");

    @Option(names = "--peer-model", paramLabel = "F", description = "the same weights in a format of the peer's (default: --model)")
    @Nullable
    Path peerModel;

    @Option(names = "--peer-args", paramLabel = "ARGS", description = "more options of the peer: --peer-args='-fa 1' (default: none)")
    String peerArguments = "";

    @Option(names = "--tern-args", paramLabel = "ARGS", description = "more options of tern bench: --tern-args='--kv bf16' (default: none)")
    String ternArguments = "";

    @Option(names = "-p", paramLabel = "P", description = "prompt tokens (default: ${DEFAULT-VALUE})")
    int prompt = 512;

    @Option(names = "-n", paramLabel = "N", description = "generated tokens (default: ${DEFAULT-VALUE})")
    int generate = 128;

    @Option(names = "-t", paramLabel = "T", description = "threads of both; 0 = all (default: ${DEFAULT-VALUE})")
    int threads = 0;

    @Option(names = "-r", paramLabel = "R", description = "repetitions of each run (default: ${DEFAULT-VALUE})")
    int repetitions = 5;

    @Option(names = "--rounds", paramLabel = "N", description = "runs of each program (default: ${DEFAULT-VALUE})")
    int rounds = 2;

    @Option(names = "--json", description = "print one JSON object instead of a table")
    boolean json;

    /// What Tern's bench measured.
    ///
    /// @param target    preset of the processor
    /// @param machine   processor, digest of its instructions, caches, memory
    /// @param bandwidth bytes per second that are read at best
    /// @param bytes     that a token reads
    private record Own(String target, String machine, long bytes, Samples prompt, Samples generation, Samples bandwidth) {

        Own and(Own later) {
            return new Own(
                    target, machine, bytes, prompt.and(later.prompt), generation.and(later.generation), bandwidth.and(later.bandwidth));
        }
    }

    @Override
    public Integer call() throws IOException {
        if (rounds < 1) throw new IllegalArgumentException("--rounds must be positive: " + rounds);
        var settings = new PeerBench.Settings(
                prompt, generate, threads == 0 ? Runtime.getRuntime().availableProcessors() : threads, repetitions);
        if (!Files.exists(model)) throw new NoSuchFileException(model.toString());
        PeerBench theirs = PeerBench.run(peer, peerModel == null ? model : peerModel, settings, words(peerArguments));
        Own ours = own(settings);
        for (int round = 1; round < rounds; round++) {
            theirs = theirs.and(PeerBench.run(peer, peerModel == null ? model : peerModel, settings, words(peerArguments)));
            ours = ours.and(own(settings));
        }
        ReportOptions.print(report(ours, theirs, settings), json, spec.commandLine().getOut());
        return 0;
    }

    private static List<String> words(String arguments) {
        return arguments.isBlank() ? List.of() : List.of(arguments.strip().split("\\s+"));
    }

    private Own own(PeerBench.Settings settings) throws IOException {
        var arguments = new ArrayList<>(List.of("bench", "--json", "--model", model.toString()));
        arguments.addAll(settings.options());
        arguments.addAll(words(ternArguments));
        String said = PeerBench.output("tern bench", JavaCommand.of(spec.root().userObject().getClass(), List.of(), arguments));
        try {
            JsonNode bench = JsonMapper.shared().readTree(said);
            return new Own(
                    bench.at("/target").asString(),
                    bench.at("/machine").asString(),
                    bench.at("/bytes_per_token").asLong(),
                    samples(bench.path("prompt_tokens_per_second")),
                    samples(bench.path("generated_tokens_per_second")),
                    samples(bench.path("read_bytes_per_second")));
        } catch (JacksonException e) {
            throw new Failure.Unavailable("tern bench printed no JSON: " + e.getOriginalMessage());
        }
    }

    private static Samples samples(JsonNode statistics) {
        return Samples.of(statistics.path("samples").valueStream().mapToDouble(JsonNode::asDouble).toArray());
    }

    private String peerName() {
        return String.valueOf(peer.getFileName());
    }

    private Report report(Own ours, PeerBench theirs, PeerBench.Settings settings) {
        var report = new Report();
        report.line("Tern and %s%s in turn: rounds %d, repetitions %d, threads %d; tokens/s",
                peerName(), theirs.build().isEmpty() ? "" : " " + theirs.build(), rounds, settings.repetitions(), settings.threads());
        report.line("%s", ours.machine);
        if (!theirs.processor().isEmpty()) report.line("%s calls it %s", peerName(), theirs.processor());
        report.line("%s; %.1f GB/s read at best, %.1f by Tern's generation (%.0f MB a token)",
                ours.target, ours.bandwidth.median() * 1e-9, ours.generation.median() * ours.bytes * 1e-9, ours.bytes * 1e-6);
        if (peerModel != null) report.line("models: %s, %s%s", model, peerModel, theirs.model().isEmpty() ? "" : " (" + theirs.model() + ")");
        var grid = new Grid("", "Tern", "min", "max", peerName(), "min", "max", "Tern / peer");
        row(grid, "prompt " + settings.prompt(), ours.prompt, theirs.prompt());
        row(grid, "generate " + settings.generate(), ours.generation, theirs.generation());
        report.add(grid).fields().put("machine", ours.machine).put("target", ours.target).put("threads", settings.threads())
                .put("prompt_tokens", settings.prompt()).put("generated_tokens", settings.generate())
                .put("rounds", rounds).put("repetitions", settings.repetitions())
                .put("read_bytes_per_second", ours.bandwidth)
                .put("tern", speeds(ours.prompt, ours.generation).put("model", model.toString())
                        .put("arguments", ternArguments).put("bytes_per_token", ours.bytes))
                .put("peer", speeds(theirs.prompt(), theirs.generation()).put("program", peer.toString()).put("build", theirs.build())
                        .put("processor", theirs.processor()).put("model", String.valueOf(peerModel == null ? model : peerModel))
                        .put("model_type", theirs.model()).put("arguments", peerArguments))
                .put("ratio", new Fields().put("prompt", ours.prompt.median() / theirs.prompt().median())
                        .put("generation", ours.generation.median() / theirs.generation().median()));
        return report;
    }

    private static void row(Grid grid, String test, Samples ours, Samples theirs) {
        var cells = new ArrayList<>(List.<Object>of(test));
        for (Samples s : List.of(ours, theirs)) for (double speed : new double[] {s.median(), s.min(), s.max()}) cells.add(Numbers.decimal(speed, 2));
        cells.add(Numbers.decimal(ours.median() / theirs.median(), 2));
        grid.row(cells.toArray());
    }

    private static Fields speeds(Samples prompt, Samples generation) {
        return new Fields().put("prompt_tokens_per_second", prompt).put("generated_tokens_per_second", generation);
    }
}
