package tern.runtime.cli.run;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.runtime.cli.console.Console;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.report.Fields;
import tern.runtime.embed.Embedder;
import tern.runtime.embed.Vectors;

/// `tern embed`: lines as vectors, or in the order of their nearness to a question.
@Command(name = "embed", description = "Turns each line of a text into a vector, or sorts the lines by how near they are to a question.")
public final class EmbedCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(names = "--model", required = true, paramLabel = "F", description = ModelOptions.MODEL)
    Path model = Path.of("");

    @Option(names = "--file", paramLabel = "LINES", description = "UTF-8 text, a text on each line (default: standard input)")
    @Nullable
    Path file;

    @Option(names = "--json", description = "print a JSON object for each line")
    boolean json;

    @Option(names = "--dims", paramLabel = "N", description = "keep the first N numbers of a vector; 0 = all (default: ${DEFAULT-VALUE})")
    int dims = 0;

    @Option(names = "--quantise", paramLabel = "BITS", description = "whole numbers of 8, 4 or 1 bits in place of a vector's (default: none)")
    int bits = 0;

    @Option(names = "--query", paramLabel = "TEXT",
            description = "print the lines themselves, the nearest to TEXT first, with the cosine before each (default: none)")
    @Nullable
    String query;

    @Mixin
    ModelOptions options = new ModelOptions();

    @Override
    public Integer call() throws IOException {
        if (bits != 0 && bits != 8 && bits != 4 && bits != 1) throw new IllegalArgumentException("--quantise: found %d, expected 8, 4 or 1".formatted(bits));
        if (dims < 0) throw new IllegalArgumentException("--dims must not be negative: " + dims);
        List<String> lines = lines(), texts = new ArrayList<>(lines);
        if (query != null) texts.add(query);
        try (Arena arena = Arena.ofShared();
                var running = Console.withBar("pack weights", bar -> options.load(model, arena, bar))) {
            var embedder = new Embedder(running.model(), running.source(), running.tokenizer(), Runnable::run);
            if (dims > embedder.dimensions())
                throw new IllegalArgumentException("--dims: found %d, expected at most %d".formatted(dims, embedder.dimensions()));
            List<int[]> tokens = new ArrayList<>();
            for (int i = 0; i < texts.size(); i++) tokens.add(tokens(embedder, texts.get(i), i));
            List<float[]> vectors = Console.withBar("embed", bar -> embedder.embedTokens(tokens, bar))
                    .stream().map(vector -> dims == 0 ? vector : Vectors.first(vector, dims)).toList();
            PrintWriter out = spec.commandLine().getOut();
            if (query == null) for (int i = 0; i < lines.size(); i++) out.println(line(i, tokens.get(i).length, vectors.get(i)));
            else nearest(lines, vectors).forEach(out::println);
            out.flush();
        }
        return 0;
    }

    private int[] tokens(Embedder embedder, String text, int index) {
        try {
            return embedder.tokens(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("line %d: %s".formatted(index + 1, e.getMessage()));
        }
    }

    private List<String> lines() throws IOException {
        try {
            if (file != null) return Files.readAllLines(file);
            var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8.newDecoder()));
            return in.lines().toList();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException((file == null ? "standard input" : file) + ": not UTF-8");
        }
    }

    private String line(int index, int tokens, float[] vector) {
        List<Number> numbers = new ArrayList<>();
        if (bits == 0) for (float value : vector) numbers.add(value);
        else for (byte value : Vectors.quantised(vector, bits)) numbers.add(value);
        return json
                ? new Fields().put("index", index).put("tokens", tokens).put("embedding", numbers).json()
                : numbers.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }

    /// The query's vector is the last.
    private List<String> nearest(List<String> lines, List<float[]> vectors) {
        List<float[]> compared = vectors.stream().map(this::compared).toList();
        record Found(int index, double cosine) {}
        var found = new ArrayList<Found>();
        for (int i = 0; i < lines.size(); i++) found.add(new Found(i, Vectors.similarity(compared.get(i), compared.getLast())));
        found.sort(Comparator.comparingDouble(Found::cosine).reversed());
        return found.stream().map(one -> {
            if (!json) return String.format(Locale.ROOT, "%.4f\t%s", one.cosine, lines.get(one.index));
            return new Fields().put("index", one.index).put("cosine", one.cosine).put("text", lines.get(one.index)).json();
        }).toList();
    }

    /// What is left of a vector, of length 1.
    private float[] compared(float[] vector) {
        if (bits == 0) return vector;
        byte[] quantised = Vectors.quantised(vector, bits);
        float[] numbers = new float[quantised.length];
        for (int i = 0; i < numbers.length; i++) numbers[i] = quantised[i];
        return Vectors.normalised(numbers);
    }
}
