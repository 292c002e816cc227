package tern.runtime.cli.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import tern.ir.store.WholeFile;
import tern.runtime.cli.console.Console;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.TokenFile;
import tern.runtime.evaluate.Exam;
import tern.runtime.evaluate.Exam.Question;

/// The model that learned to add answers sums that it was never shown. `Ex04Learn` of the examples trained it.
public final class SumsDemo {

    private static final String MODEL = "sums.gguf", QUESTIONS = "sums.txt";
    private static final int SHOWN = 3;

    private SumsDemo() {}

    /// @param options of the model that follows; all but the context hold for this one too
    static void run(ModelOptions options, PrintWriter out) throws IOException {
        Path file = unpacked(options.cacheFolder());
        Exam exam = Exam.parse(new String(bytes(QUESTIONS), StandardCharsets.UTF_8));
        int context = options.context;
        options.context = 0;
        try (Arena arena = Arena.ofShared();
                var running = Console.withBar("pack weights", bar -> options.load(file, arena, bar))) {
            var tokenizer = running.source().tokenizer();
            Exam.Result result = Console.withBar("ask", bar -> exam.ask(running.model(), tokenizer, arena, bar));
            out.printf(Locale.ROOT, "a model of %,d ternary weights that learned to add (units first, then the number):%n",
                    running.model().config().ternaryWeights());
            for (int i = 0; i < SHOWN; i++) {
                Question question = exam.questions().get(i);
                out.println("  " + question.text() + result.answers().get(i));
            }
            out.printf("%d of %d sums right that it was never shown%n%n", result.right(), exam.questions().size());
        } finally {
            options.context = context;
        }
    }

    /// The model as a file, which can be mapped.
    public static Path unpacked(Path folder) throws IOException {
        Path file = folder.resolve("demo-" + MODEL);
        byte[] bytes = bytes(MODEL);
        if (Files.isRegularFile(file) && Arrays.equals(Files.readAllBytes(file), bytes)) return file;
        Files.createDirectories(folder);
        WholeFile.write(file, channel -> TokenFile.append(channel, MemorySegment.ofArray(bytes)));
        return file;
    }

    private static byte[] bytes(String name) throws IOException {
        try (InputStream in = SumsDemo.class.getResourceAsStream(name)) {
            if (in == null) throw new IOException(name + " is missing from this installation");
            return in.readAllBytes();
        }
    }
}
