package tern.runtime.cli.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelSource;

/// `tern first-run`: the first look at a model that was downloaded.
@Command(
        name = "first-run",
        description = "Looks a downloaded model over and writes what it finds into one file, to send back: digests, shapes, doctor, greedy texts, perplexity.")
public final class FirstRunCommand implements Callable<Integer> {

    /// `ggml-model-i2_s.gguf` of microsoft/bitnet-b1.58-2B-4T-gguf, 1,187,801,280 bytes. Source: ten public repositories that record this digest;
    /// the file itself was never here.
    private static final Map<String, String> KNOWN = Map.of(
            "4221b252fdd5fd25e15847adfeb5ee88886506ba50b8a34548374492884c2162", "microsoft/bitnet-b1.58-2B-4T-gguf, ggml-model-i2_s.gguf");

    private static final List<String> PROMPTS = List.of("The capital of France is", "1, 2, 3, 5, 8, 13,", "def fibonacci(n):\n");

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(names = "--model", required = true, paramLabel = "F", description = ModelOptions.MODEL)
    Path model = Path.of("");

    @Option(names = "--out", paramLabel = "FILE", description = "what to write, which must not be there yet (default: ${DEFAULT-VALUE})")
    Path file = Path.of("tern-first-run.txt");

    @Option(names = "--tokens", paramLabel = "N", description = "tokens of each greedy text (default: ${DEFAULT-VALUE})")
    int tokens = 32;

    @Option(names = "--threads", paramLabel = "N", description = "cores to use; 0 = all (default: ${DEFAULT-VALUE})")
    int threads = 0;

    @Option(names = "--cache", paramLabel = "DIR", description = "folder of packed weights (default: the user's cache folder)")
    @Nullable
    Path cache;

    private boolean failed;

    @Override
    public Integer call() throws IOException {
        if (tokens < 1) throw new IllegalArgumentException("--tokens must be positive: " + tokens);
        if (Files.exists(file)) throw new IllegalArgumentException("--out %s: it is there already".formatted(file));
        Path text = Files.createTempFile("tern", ".txt");
        try (PrintWriter bundle = new PrintWriter(Files.newBufferedWriter(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
            try (InputStream in = Objects.requireNonNull(FirstRunCommand.class.getResourceAsStream("first-run.txt"))) {
                Files.write(text, in.readAllBytes());
            }
            bundle.printf("Tern's first run of a model%njava %s, %s %s%n", Runtime.version(), System.getProperty("os.name"), System.getProperty("os.arch"));
            say(bundle, "files", digests());
            say(bundle, "shape", shape());
            step(bundle, "inspect");
            step(bundle, "doctor");
            for (String prompt : PROMPTS) {
                step(bundle, "tokenize", "--prompt", prompt);
                step(bundle, "run", "--prompt", prompt, "--tokens", String.valueOf(tokens), "--temperature", "0", "--json");
            }
            step(bundle, "ppl", "--file", text.toString(), "--context", "128", "--json");
            if (bundle.checkError()) throw new IOException(file + " could not be written");
        } finally {
            Files.deleteIfExists(text);
        }
        spec.commandLine().getOut().printf("%s; %s is what to send back%n", failed ? "something failed" : "all steps are done", file);
        return failed ? 1 : 0;
    }

    private void say(PrintWriter bundle, String what, String found) {
        bundle.printf("%n== %s%n%s%n", what, found.strip());
        spec.commandLine().getOut().printf("%-8s %s%n", what, found.strip().lines().findFirst().orElse("nothing"));
        spec.commandLine().getOut().flush();
    }

    /// One of the other commands, on the same model.
    private void step(PrintWriter bundle, String command, String... more) {
        var heard = new StringWriter();
        var writer = new PrintWriter(heard);
        CommandLine one = Objects.requireNonNull(spec.parent().subcommands().get(command), command);
        PrintWriter out = one.getOut(), err = one.getErr();
        var args = new ArrayList<>(command.equals("inspect") ? List.of(model.toString()) : List.of("--model", model.toString()));
        boolean runs = !command.equals("inspect") && !command.equals("tokenize");
        if (runs) args.addAll(List.of("--threads", String.valueOf(threads)));
        if (runs && cache != null) args.addAll(List.of("--cache", cache.toString()));
        args.addAll(List.of(more));
        int status = one.setOut(writer).setErr(writer).execute(args.toArray(String[]::new));
        one.setOut(out).setErr(err);
        writer.flush();
        if (status != 0) failed = true;
        say(bundle, command, (status == 0 ? "done" : "failed, status " + status) + "\n" + String.join(" ", more).replace("\n", "\\n") + "\n" + heard);
    }

    private String digests() throws IOException {
        if (!Files.exists(model)) throw new IllegalArgumentException(model + ": no such file");
        var found = new StringBuilder();
        try (Stream<Path> all = Files.isDirectory(model) ? Files.list(model) : Stream.of(model)) {
            for (Path one : all.filter(Files::isRegularFile).sorted().toList()) {
                String digest = digest(one);
                found.append("%s %d bytes, SHA-256 %s: %s%n".formatted(
                        one.getFileName(), Files.size(one), digest, KNOWN.getOrDefault(digest, "no file whose digest is known here")));
            }
        }
        return found.toString();
    }

    private static String digest(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            byte[] part = new byte[1 << 20];
            for (int count = in.read(part); count >= 0; count = in.read(part)) sha.update(part, 0, count);
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private String shape() throws IOException {
        try (Arena arena = Arena.ofShared()) {
            ModelConfig found = ModelSource.open(model, arena, false).config(), known = ModelConfig.BITNET_2B4T;
            boolean is = found.hidden() == known.hidden() && found.layers() == known.layers() && found.heads() == known.heads()
                    && found.kvHeads() == known.kvHeads() && found.ffn() == known.ffn() && found.vocabulary() == known.vocabulary();
            return (is ? "that of BitNet b1.58 2B4T" : "not that of BitNet b1.58 2B4T") + "\n" + found;
        }
    }
}
