package tern.examples;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import tern.ir.Element;
import tern.ir.Packing;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary.Choice;
import tern.ir.text.Tir;
import tern.runtime.generate.Generator;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Model;
import tern.runtime.model.ModelConfig;
import tern.runtime.sample.Sampling;
import tern.runtime.synth.Synthesizer;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// A model runs on any packing. A small random one is written, and generates twice: on what the cost model prefers, and on the packing
/// of `03-model.tir`. The tokens are the same, since every sum is exact.
public final class Ex03Model {

    private static final int[] PROMPT = {1, 2, 3, 5, 8, 13};
    private static final int TOKENS = 12;

    private Ex03Model() {}

    public static void main(String[] args) throws IOException {
        Path folder = Files.createTempDirectory("tern-example");
        try {
            run(System.out, folder);
        } finally {
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) Files.delete(file);
            }
            Files.delete(folder);
        }
    }

    /// @param folder empty, for the model and its packed copies
    static void run(PrintStream out, Path folder) throws IOException {
        Path file = folder.resolve("tiny.gguf");
        Synthesizer.write(ModelConfig.TINY, 1, TensorType.I2_S, TensorType.F16, file, (done, total) -> {});
        out.printf("%s: %,d bytes%n", file.getFileName(), Files.size(file));

        Tir own = Examples.text("03-model.tir");
        out.println("\nany packing of the library");
        int[] first = generate(out, file, Tir.library().allPackings(), folder);
        out.println("\nthis example's own packing");
        int[] second = generate(out, file, own.packings(), folder);

        if (!Arrays.equals(first, second)) throw new AssertionError("another packing, other tokens");
        out.println("\nthe same tokens");
    }

    private static int[] generate(PrintStream out, Path file, List<Packing> packings, Path folder) throws IOException {
        try (Arena arena = Arena.ofShared();
                Device cpu = Examples.cpu()) {
            GgufModel source = GgufModel.open(file, arena, false);
            var library = new ScheduledLibrary(cpu, packings, ScheduleSource.NONE, kernel -> {});
            var settings = new Model.Settings(64, 8, Element.F32, 1, folder);
            Model model = Model.load(cpu, library, source, settings, arena, done -> {});
            model.plan().choices().values().stream()
                    .sorted(Comparator.comparing(choice -> choice.use().name()))
                    .forEach(choice -> out.println(describe(choice)));

            var generator = new Generator(model, Sampling.GREEDY, arena);
            generator.session().feed(PROMPT);
            int[] tokens = new int[TOKENS];
            for (int i = 0; i < TOKENS; i++) tokens[i] = generator.next();
            out.println("  " + Arrays.toString(PROMPT) + " -> " + Arrays.toString(tokens));
            return tokens;
        }
    }

    private static String describe(Choice choice) {
        return "  %-12s %4d x %-4d %-9s %s".formatted(
                choice.use().name(), choice.use().m(), choice.use().k(), choice.packing().name(), choice.step().multiply().name());
    }
}
