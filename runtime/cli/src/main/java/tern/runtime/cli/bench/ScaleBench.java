package tern.runtime.cli.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tern.ir.Element;
import tern.runtime.cli.console.Console;
import tern.runtime.cli.console.Failure;
import tern.runtime.cli.option.MachineMemory;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.ReportOptions;
import tern.runtime.cli.records.Facts;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.Preset;

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

        String name() {
            return preset.name() + (preset.isGuess() ? " (guess)" : "");
        }
    }

    /// @return the status of the command: 1 if none could be run
    int run(List<Preset> presets, PrintWriter out, ReportOptions report) throws IOException {
        var sizes = new ArrayList<Size>();
        for (Preset preset : presets) sizes.add(measure(preset));
        report.write(ScaleReport.of(sizes, measurement, Facts.minute(Instant.now()) + " UTC"), out);
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
}
