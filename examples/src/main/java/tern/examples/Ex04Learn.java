package tern.examples;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import tern.examples.learn.Sums;
import tern.examples.learn.Trainer;
import tern.ir.Element;
import tern.ir.device.Device;
import tern.ir.text.Tir;
import tern.runtime.evaluate.Exam;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Model;
import tern.runtime.tokenizer.BpeTokenizer;
import tern.runtime.tokenizer.Tokenizer;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// A small model of 2B4T's architecture learns to add, with ternary weights and 8-bit activations from the first step on. `sums.gguf` of
/// `tern demo` is what came out; it is asked questions that it was never shown.
///
/// With the name of a file as its argument this trains such a model anew, some minutes on two cores, and writes the same bytes; and the
/// questions next to it.
public final class Ex04Learn {

    /// Questions with an answer, and how many of them are printed.
    private static final int ASKED = 200, SHOWN = 4;

    private static final int REPORTED = 100;

    private Ex04Learn() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("tern-example");
        try {
            if (args.length == 0) run(System.out, folder);
            else retrain(System.out, Path.of(args[0]), folder);
        } finally {
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) Files.delete(file);
            }
            Files.delete(folder);
        }
    }

    /// Asks the model that was trained before.
    ///
    /// @param folder empty, for the model and its packed copies
    static void run(PrintStream out, Path folder) throws IOException {
        Path file = folder.resolve("sums.gguf");
        Files.write(file, Examples.bytes("/tern/runtime/cli/run/sums.gguf"));
        ask(out, file, Exam.parse(new String(Examples.bytes("/tern/runtime/cli/run/sums.txt"), StandardCharsets.UTF_8)), folder);
    }

    /// Makes both files anew: `sums.gguf` under the name given, `sums.txt` next to it.
    private static void retrain(PrintStream out, Path file, Path folder) throws IOException, InterruptedException {
        Exam exam = new Sums(4).exam(ASKED);
        Files.writeString(Path.of(file + ".txt"), exam.print());
        ask(out, learn(out, Trainer.SUMS, file), exam, folder);
    }

    /// Trains a model and writes it.
    ///
    /// @return the file
    static Path learn(PrintStream out, Trainer.Settings settings, Path file) throws IOException, InterruptedException {
        try (var trainer = new Trainer(settings, Runtime.getRuntime().availableProcessors())) {
            double loss = 0;
            for (int step = 1; step <= settings.steps(); step++) {
                loss += trainer.step();
                if (step % REPORTED != 0) continue;
                out.printf("step %5d: loss %.4f nats a token, on sums never shown %.4f%n", step, loss / REPORTED, trainer.heldOutLoss());
                loss = 0;
            }
            trainer.write(file);
        }
        return file;
    }

    private static void ask(PrintStream out, Path file, Exam exam, Path folder) throws IOException {
        try (Arena arena = Arena.ofShared();
                Device cpu = Examples.cpu()) {
            GgufModel source = GgufModel.open(file, arena, false);
            Tokenizer tokenizer = BpeTokenizer.of(source.file().metadata());
            var library = new ScheduledLibrary(cpu, Tir.library().allPackings(), ScheduleSource.NONE, kernel -> {});
            var settings = new Model.Settings(0, 8, Element.F32, 1, folder);
            Model model = Model.load(cpu, library, source, settings, arena, done -> {});
            Exam.Result result = exam.ask(model, tokenizer, arena, done -> {});
            for (int i = 0; i < SHOWN; i++) out.println(exam.questions().get(i).text() + result.answers().get(i));
            out.printf("%d of %d right%n", result.right(), exam.questions().size());
        }
    }
}
