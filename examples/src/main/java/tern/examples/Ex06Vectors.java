package tern.examples;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tern.examples.learn.Numbers;
import tern.examples.learn.Trainer;
import tern.ir.Element;
import tern.ir.device.Device;
import tern.ir.text.Tir;
import tern.runtime.embed.Embedder;
import tern.runtime.embed.Vectors;
import tern.runtime.model.Model;
import tern.runtime.model.ModelSource;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// A small model of BitNet-embedding's architecture has learned what numbers mean: `4072` and `four thousand seventy two` have vectors that are
/// near to each other. It is asked about numbers that it was never shown.
///
/// With the name of a file as its argument this trains such a model anew, minutes on two cores, and writes the same bytes.
public final class Ex06Vectors {

    private static final int LINES = 200, SHOWN = 3;

    private static final long SEED = 2;

    private Ex06Vectors() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("tern-example");
        try {
            if (args.length == 0) run(System.out, folder);
            else find(System.out, Ex04Learn.learn(System.out, Trainer.NUMBERS, Path.of(args[0])), folder);
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
        find(out, Files.write(folder.resolve("numbers.gguf"), Examples.bytes("numbers.gguf")), folder);
    }

    /// Finds the line of each number among those of all.
    private static void find(PrintStream out, Path file, Path folder) throws IOException {
        try (Arena arena = Arena.ofShared();
                Device cpu = Examples.cpu()) {
            ModelSource source = ModelSource.open(file, arena, false);
            var library = new ScheduledLibrary(cpu, Tir.library().allPackings(), ScheduleSource.NONE, kernel -> {});
            Model model = Model.load(cpu, library, source, new Model.Settings(0, 64, Element.F32, 1, folder), arena, done -> {});
            var embedder = new Embedder(model, source, source.tokenizer(), Runnable::run);
            List<Integer> numbers = new Numbers().heldOut(LINES, SEED);
            List<String> texts = numbers.stream().map(Numbers::spelled).toList();
            List<float[]> lines = embedder.embed(texts), queries = embedder.embed(numbers.stream().map(String::valueOf).toList());
            int right = 0;
            for (int i = 0; i < LINES; i++) {
                int nearest = nearest(queries.get(i), lines);
                if (nearest == i) right++;
                if (i < SHOWN) out.println(numbers.get(i) + ": " + texts.get(nearest));
            }
            out.printf("%d of %d lines found%n", right, LINES);
        }
    }

    private static int nearest(float[] query, List<float[]> lines) {
        int best = 0;
        for (int i = 0; i < lines.size(); i++)
            if (Vectors.similarity(query, lines.get(i)) > Vectors.similarity(query, lines.get(best))) best = i;
        return best;
    }
}
