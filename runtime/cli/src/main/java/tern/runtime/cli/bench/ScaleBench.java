package tern.runtime.cli.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.runtime.cli.console.Console;
import tern.runtime.cli.console.Failure;
import tern.runtime.cli.console.Table;
import tern.runtime.cli.option.MachineMemory;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.records.Facts;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.Preset;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Random models of several sizes, one after the other: time and memory of a token against size.
///
/// @param table element of embedding and head
record ScaleBench(Measurement measurement, ModelOptions options, Element table) {

    /// One size.
    ///
    /// @param result  empty if it was not run
    /// @param problem why not; empty if it was
    record Size(Preset preset, String packing, Optional<BenchCommand.Result> result, String problem) {

        /// Ternary weights, embedding, and head if it is another.
        long parameters() {
            ModelConfig c = preset.config();
            return c.ternaryWeights() + (c.block().tiedHead() ? 1L : 2L) * c.vocabulary() * c.hidden();
        }
    }

    /// @return the status of the command: 1 if none could be run
    int run(List<Preset> presets, PrintWriter out, boolean json, @Nullable Path report) throws IOException {
        var sizes = new ArrayList<Size>();
        for (Preset preset : presets) sizes.add(measure(preset));
        if (json) out.println(json(sizes));
        else print(sizes, out);
        if (report != null) ScalePage.of(sizes, measurement, Facts.minute(Instant.now()) + " UTC").write(report);
        return sizes.stream().anyMatch(size -> size.result.isPresent()) ? 0 : 1;
    }

    private Size measure(Preset preset) throws IOException {
        System.gc(); // gives back the cache of the size before, which nobody else frees
        MachineMemory.HERE.forgetPeak();
        try (Arena arena = Arena.ofShared();
                var running = Console.withBar("make " + preset.name(), bar -> options.make(preset, table, arena, bar))) {
            var result = Console.withBar("measure " + preset.name(), bar -> measurement.of(running, arena, bar));
            String packings = String.join(", ", running.model().plan().choices().values().stream()
                    .map(choice -> choice.packing().name()).distinct().sorted().toList());
            return new Size(preset, packings, Optional.of(result), "");
        } catch (Failure.Unavailable e) {
            return new Size(preset, "", Optional.empty(), String.valueOf(e.getMessage()));
        }
    }

    private void print(List<Size> sizes, PrintWriter out) {
        var ran = new Table("model", "parameters", "packing", "prompt tokens/s", "tokens/s", "ms a token", "MB a token", "of bandwidth", "model and cache MB", "peak MB", "peak / model");
        for (Size size : sizes) size.result.ifPresent(r -> ran.row(
                size.preset.name() + (size.preset.isGuess() ? " (guess)" : ""),
                decimal(size.parameters() * 1e-9, 2) + " G",
                size.packing,
                decimal(r.prompt().median(), 1),
                decimal(r.generation().median(), 1),
                decimal(1e3 / r.generation().median(), 1),
                decimal(r.costs().bytesPerToken() * 1e-6, 0),
                decimal(100 * r.share(), 0) + " %",
                decimal(r.memory().model().total() * 1e-6, 0),
                r.memory().resident().map(m -> decimal(m.peak() * 1e-6, 0)).orElse(""),
                r.memory().resident().isPresent() ? decimal(r.memory().ratio(), 2) : ""));
        if (!ran.isEmpty()) out.print(ran);
        for (Size size : sizes) if (size.result.isEmpty()) out.println(size.problem);
        for (Size size : sizes) out.printf("%s: %s%n", size.preset.name(), size.preset.provenance());
        out.printf("random weights; prompts of %d tokens, %d generated, medians of %d%n",
                measurement.prompt(), measurement.generate(), measurement.repetitions());
    }

    private String json(List<Size> sizes) {
        ObjectNode node = new ObjectMapper().createObjectNode();
        node.put("threads", measurement.threads());
        node.put("prompt_tokens", measurement.prompt());
        node.put("generated_tokens", measurement.generate());
        ArrayNode all = node.putArray("sizes");
        for (Size size : sizes) {
            ObjectNode one = all.addObject()
                    .put("preset", size.preset.name())
                    .put("sizes", size.preset.provenance())
                    .put("guess", size.preset.isGuess())
                    .put("parameters", size.parameters())
                    .put("ternary_weights", size.preset.config().ternaryWeights());
            size.result.ifPresentOrElse(r -> add(one, r, size.packing), () -> one.put("not_run", size.problem));
        }
        return node.toString();
    }

    private static void add(ObjectNode node, BenchCommand.Result r, String packing) {
        node.put("packing", packing);
        node.set("prompt_tokens_per_second", BenchCommand.statistics(node.objectNode(), r.prompt()));
        node.set("generated_tokens_per_second", BenchCommand.statistics(node.objectNode(), r.generation()));
        node.put("bytes_per_token", r.costs().bytesPerToken());
        node.put("share_of_read_bandwidth", r.share());
        r.memory().addTo(node);
    }

    static String decimal(double value, int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }
}
