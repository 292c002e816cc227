package tern.runtime.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import tern.ir.device.DeviceException;
import tern.ir.device.Samples;
import tern.runtime.cli.console.Failure;
import tern.runtime.cli.report.Columns;
import tern.runtime.cli.report.Format;
import tern.runtime.cli.report.Report;
import tern.runtime.model.BatchedDecoder;
import tern.runtime.model.Model;

/// Throughput against the number of sequences that are decoded together, up to where memory ends, as in table 3 of "The Era of 1-bit LLMs".
///
/// @param steps       of each sequence that are timed
/// @param repetitions after a first one that warms up
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

    Report report(List<Size> sizes, Model model) {
        Columns<Size> ran = new Columns<Size>()
                .add("sequences", "sequences", Format.PLAIN, Size::sequences)
                .add("tokens_per_second", "tokens/s in all", Format.decimal(1), s -> s.seconds.map(_ -> s.tokensPerSecond()))
                .add("step_seconds", "ms a step", Format.decimal(1e3, 2), Size::seconds)
                .show("tokens/s each", Format.decimal(1), s -> s.seconds.map(seconds -> 1 / seconds.median()))
                .add("cache_bytes", "caches MB", Format.MEGA, s -> s.seconds.map(_ -> s.sequences * model.cacheBytes(model.context())))
                .field("not_run", s -> s.seconds.isPresent() ? Optional.empty() : s.problem);
        var report = new Report();
        report.fields().put("tokens_of_each_sequence", steps).putAll("batches", sizes, ran::fields);
        report.add(ran.grid(sizes.stream().filter(size -> size.seconds.isPresent()).toList()));
        for (Size size : sizes) if (size.seconds.isEmpty()) report.line("%d sequences: %s", size.sequences, size.problem);
        return report.line("greedy, %d tokens of each sequence, medians of %d", steps, repetitions);
    }
}
