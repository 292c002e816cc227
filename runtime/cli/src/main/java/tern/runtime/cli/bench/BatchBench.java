package tern.runtime.cli.bench;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import tern.ir.device.DeviceException;
import tern.ir.device.Samples;
import tern.runtime.cli.console.Failure;
import tern.runtime.cli.console.Table;
import tern.runtime.model.BatchedDecoder;
import tern.runtime.model.Model;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Throughput against the number of sequences that are decoded together, up to where memory ends, as in table 3 of "The Era of 1-bit LLMs".
///
/// @param steps       of each sequence that are timed
/// @param repetitions behind a first one that warms up
public record BatchBench(int steps, int repetitions) {

    private static final int SEED = 1;

    /// @param seconds of one step of all sequences; empty if memory did not suffice
    /// @param problem what the device said then
    public record Size(int sequences, Optional<Samples> seconds, String problem) {

        public double tokensPerSecond() {
            return sequences / seconds.orElseThrow().median();
        }
    }

    public BatchBench {
        if (steps < 1 || repetitions < 1) throw new IllegalArgumentException("-n and -r must be positive");
    }

    public List<Size> of(Model model, List<Integer> counts) {
        if (steps > model.context())
            throw new IllegalArgumentException("-n %d exceeds the context of %d".formatted(steps, model.context()));
        var sizes = new ArrayList<Size>();
        for (int count : counts) {
            try {
                sizes.add(new Size(count, Optional.of(measure(model.batchedDecoder(count), model.config().vocabulary())), ""));
            } catch (DeviceException | OutOfMemoryError e) {
                sizes.add(new Size(count, Optional.empty(), Failure.oneLine(String.valueOf(e.getMessage()))));
            }
        }
        return sizes;
    }

    private Samples measure(BatchedDecoder sequences, int vocabulary) {
        double[] seconds = new double[repetitions];
        for (int i = -1; i < repetitions; i++) {
            sequences.reset();
            int[] tokens = new SplittableRandom(SEED).ints(sequences.count(), 0, vocabulary).toArray();
            long start = System.nanoTime();
            for (int step = 0; step < steps; step++) sequences.next(tokens);
            if (i >= 0) seconds[i] = (System.nanoTime() - start) * 1e-9 / steps;
        }
        return Samples.of(seconds);
    }

    void print(List<Size> sizes, Model model, PrintWriter out) {
        var table = new Table("sequences", "tokens/s in all", "ms a step", "tokens/s each", "caches MB");
        for (Size size : sizes) size.seconds.ifPresent(seconds -> table.row(
                size.sequences,
                ScaleBench.decimal(size.tokensPerSecond(), 1),
                ScaleBench.decimal(1e3 * seconds.median(), 2),
                ScaleBench.decimal(1 / seconds.median(), 1),
                ScaleBench.decimal(size.sequences * model.cacheBytes(model.context()) * 1e-6, 0)));
        if (!table.isEmpty()) out.print(table);
        for (Size size : sizes) if (size.seconds.isEmpty()) out.printf("%d sequences: %s%n", size.sequences, size.problem);
        out.printf("greedy, %d tokens of each sequence, medians of %d%n", steps, repetitions);
    }

    String json(List<Size> sizes, Model model) {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("tokens_of_each_sequence", steps);
        ArrayNode all = root.putArray("batches");
        for (Size size : sizes) {
            ObjectNode one = all.addObject().put("sequences", size.sequences);
            size.seconds.ifPresentOrElse(
                    seconds -> {
                        one.put("tokens_per_second", size.tokensPerSecond());
                        one.put("cache_bytes", size.sequences * model.cacheBytes(model.context()));
                        one.set("step_seconds", BenchCommand.statistics(one.objectNode(), seconds));
                    },
                    () -> one.put("not_run", size.problem));
        }
        return root.toString();
    }
}
