package tern.spark;

import java.util.Arrays;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.Random;

/// How long a cluster takes for many rows: partitions in their order, each to the host that is free first, as Spark's scheduler does without
/// locality. [#table] is that of docs/scale.md.
///
/// @param hosts      each runs one partition at a time, with all its cores
/// @param start      seconds until a host takes its first partition: JVM, and model in memory
/// @param spread     seconds over which the hosts get the model, one after the other
/// @param task       seconds that each partition costs in addition to its rows
/// @param lost       share of hosts that end at a random moment; their partition begins again elsewhere
record ScheduleSimulation(int hosts, double start, double spread, double task, double lost) {

    /// Characters of the paragraphs of docs/ on 30 November 2026: the middles of a hundred parts of equal size.
    static final int[] LENGTHS = {
        8, 9, 10, 10, 11, 12, 12, 13, 14, 14, 15, 16, 17, 18, 18, 20, 20, 22, 24, 26, 32, 35, 35, 40, 42, 47, 51, 54, 64, 67, 75, 87, 92, 98,
        107, 109, 114, 119, 124, 126, 137, 142, 144, 148, 156, 173, 186, 200, 207, 210, 213, 225, 228, 234, 242, 250, 259, 263, 275, 280, 288,
        295, 305, 316, 323, 331, 336, 355, 365, 370, 372, 384, 397, 404, 412, 417, 446, 481, 487, 492, 516, 529, 533, 539, 550, 561, 576, 593,
        606, 632, 666, 691, 721, 754, 879, 925, 977, 1050, 1355, 1676};

    /// Of 2B4T with two threads, as README.md has it.
    static final Speed XEON = new Speed(285, 22.9);

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

    /// The table of docs/scale.md: a million rows on 1,000 hosts.
    static String table() {
        double[] rows = rows(1_000_000, LENGTHS, 4, XEON, 1), ordered = Arrays.stream(rows).sorted().toArray();
        var table = new StringBuilder();
        for (double lost : new double[] {0, 0.01}) {
            var cluster = new ScheduleSimulation(1000, 11, 120, 0.1, lost);
            for (int count : new int[] {1000, 4000, 16_000, 64_000})
                table.append(String.format(Locale.ROOT, "| %s | %,d | %,.0f | %,.0f |\n", count > 1000 ? "" : lost == 0 ? "none" : "1 %", count,
                        cluster.run(partitions(rows, count), 1).seconds, cluster.run(partitions(ordered, count), 1).seconds).replace("|  |", "| |"));
        }
        return table.toString();
    }
}
