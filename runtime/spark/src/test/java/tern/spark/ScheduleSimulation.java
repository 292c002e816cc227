package tern.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.stream.Stream;

/// How long a cluster takes for many rows: partitions in their order, each to the host that is free first, as Spark's scheduler does without
/// locality. Its `main` prints the table of docs/scale.md.
///
/// @param hosts      each runs one partition at a time, with all its cores
/// @param start      seconds until a host takes its first partition: JVM, and model in memory
/// @param spread     seconds over which the hosts get the model, one after the other
/// @param task       seconds that each partition costs beside its rows
/// @param lost       share of hosts that end at a random moment; their partition begins again elsewhere
record ScheduleSimulation(int hosts, double start, double spread, double task, double lost) {

    /// What a host reads and generates, tokens a second.
    record Speed(double prompt, double generated) {
        double seconds(int read, int made) {
            return read / prompt + made / generated;
        }
    }

    /// @param seconds from the beginning to the end of the last partition
    /// @param busy    of rows, over all hosts, done again included
    record Run(double seconds, double busy) {}

    /// Seconds of each partition: rows in their order, as many in each.
    static double[] partitions(double[] rows, int count) {
        var partitions = new double[count];
        for (int i = 0; i < rows.length; i++) partitions[(int) ((long) i * count / rows.length)] += rows[i];
        return partitions;
    }

    Run run(double[] partitions, long seed) {
        var random = new Random(seed);
        double expected = Arrays.stream(partitions).sum() / hosts;
        record Host(double free, double end) {}
        var idle = new PriorityQueue<Host>((a, b) -> Double.compare(a.free, b.free));
        for (int i = 0; i < hosts; i++) {
            double ready = start + spread * (i + 1) / hosts;
            idle.add(new Host(ready, random.nextDouble() < lost ? ready + random.nextDouble() * expected : Double.POSITIVE_INFINITY));
        }
        double last = 0, busy = 0;
        for (double seconds : partitions)
            for (;;) {
                Host host = idle.remove();
                double end = host.free + seconds + task;
                if (end > host.end) {
                    busy += Math.max(0, host.end - host.free); // in vain
                    continue;
                }
                busy += seconds;
                last = Math.max(last, end);
                idle.add(new Host(end, host.end));
                break;
            }
        return new Run(last, busy);
    }

    /// Lengths in bytes of the paragraphs of some texts.
    static int[] paragraphs(List<Path> files) {
        return files.stream().flatMap(file -> Stream.of(read(file).split("\n\\s*\n"))).map(String::strip).filter(p -> !p.isEmpty()).mapToInt(String::length)
                .toArray();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Seconds of rows whose prompts and answers have lengths of this sample, drawn independently.
    static double[] rows(int count, int[] lengths, double bytesOfToken, Speed speed, long seed) {
        var random = new Random(seed);
        var rows = new double[count];
        for (int i = 0; i < count; i++) rows[i] = speed.seconds(tokens(lengths, bytesOfToken, random), tokens(lengths, bytesOfToken, random));
        return rows;
    }

    private static int tokens(int[] lengths, double bytesOfToken, Random random) {
        return Math.max(1, (int) (lengths[random.nextInt(lengths.length)] / bytesOfToken));
    }

    /// @param args folder of texts
    public static void main(String[] args) throws IOException {
        List<Path> texts;
        try (var files = Files.list(Path.of(args[0]))) {
            texts = files.filter(f -> f.toString().endsWith(".md")).sorted().toList();
        }
        int[] lengths = paragraphs(texts);
        int[] sorted = Arrays.stream(lengths).sorted().toArray();
        System.out.printf(Locale.ROOT, "%d paragraphs, bytes: median %d, mean %.0f, 99 %% %d, most %d%n", sorted.length, sorted[sorted.length / 2],
                Arrays.stream(sorted).average().orElseThrow(), sorted[sorted.length * 99 / 100], sorted[sorted.length - 1]);
        double[] rows = rows(1_000_000, lengths, 4, new Speed(285, 22.9), 1);
        double[] ordered = Arrays.stream(rows).sorted().toArray();
        double total = Arrays.stream(rows).sum();
        System.out.printf(Locale.ROOT, "%.0f host seconds of rows, %.0f s on each of 1000%n", total, total / 1000);
        for (double lost : new double[] {0, 0.01}) {
            var cluster = new ScheduleSimulation(1000, 11, 120, 0.1, lost);
            for (int partitions : new int[] {1000, 4000, 16_000, 64_000}) {
                Run mixed = cluster.run(partitions(rows, partitions), 1), byLength = cluster.run(partitions(ordered, partitions), 1);
                System.out.printf(Locale.ROOT, "| %.0f %% | %d | %.0f | %.0f |%n", 100 * lost, partitions, mixed.seconds, byLength.seconds);
            }
        }
    }
}
