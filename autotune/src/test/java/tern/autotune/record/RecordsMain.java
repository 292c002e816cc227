package tern.autotune.record;

import static tern.autotune.record.Samples.HERE;
import static tern.autotune.record.Samples.problem;
import static tern.autotune.record.Samples.trial;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// A process that uses records, for [ChildJvm]: `add FILE FROM TO` keeps trials and prints the number of each that is kept; `read FILE`
/// prints how many there are. A failure is printed, and ends neither.
final class RecordsMain {

    private RecordsMain() {}

    public static void main(String[] args) {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        try (Records records = Records.open(args[1])) {
            switch (args[0]) {
                case "add" -> {
                    for (int i = Integer.parseInt(args[2]); i < Integer.parseInt(args[3]); i++) add(records, i, out);
                }
                case "read" -> {}
                default -> throw new IllegalArgumentException(args[0]);
            }
            try {
                records.tuned(problem(1), problem(512), HERE);
                out.println("there are " + records.trials().size());
            } catch (RecordsException e) {
                out.println("failed: " + e.getMessage());
            }
        }
    }

    private static void add(Records records, int number, PrintStream out) {
        try {
            records.add(trial(number));
            out.println("kept " + number);
        } catch (RecordsException e) {
            out.println("failed: " + e.getMessage());
        }
    }
}
