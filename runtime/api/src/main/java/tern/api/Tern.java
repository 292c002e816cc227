package tern.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tern.ir.device.Device;
import tern.ir.text.Tir;
import tern.runtime.chat.ChatFormat;
import tern.runtime.chat.Functions;
import tern.runtime.chat.Message;
import tern.runtime.chat.Message.Role;
import tern.runtime.embed.Embedder;
import tern.runtime.evaluate.Scorer;
import tern.runtime.evaluate.Scorer.Score;
import tern.runtime.generate.TextStream;
import tern.runtime.grammar.Grammar;
import tern.runtime.grammar.TokenTrie;
import tern.runtime.model.Model;
import tern.runtime.model.ModelSource;
import tern.runtime.serve.Batcher;
import tern.runtime.serve.Generation;
import tern.runtime.serve.Request;
import tern.runtime.serve.Token;
import tern.runtime.tokenizer.Tokenizer;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// A model that is ready to write. For use by any number of threads: texts that are asked for at the same time are generated together, and each
/// has the tokens that it has alone.
public final class Tern implements AutoCloseable {

    /// Tokens of prompts in a pass along with texts that generate.
    private static final int CHUNK = 32;

    private final Arena arena;
    private final Device device;
    private final ModelSource source;
    private final Tokenizer tokenizer;
    private final Batcher batcher;
    private final int context;
    private final Model model;
    private @Nullable Embedder embedder;
    private @Nullable ChatFormat format;
    private @Nullable Scorer scorer;
    private final AtomicReference<@Nullable TokenTrie> trie = new AtomicReference<>();

    private Tern(Arena arena, Device device, ModelSource source, Model model, Options options) throws IOException {
        this.arena = arena;
        this.device = device;
        this.source = source;
        tokenizer = source.tokenizer();
        context = model.context();
        batcher = new Batcher(model, new Batcher.Settings(options.parallel(), options.parallel(), options.queue(), CHUNK));
        this.model = model;
    }

    /// Opens a model with the usual options.
    ///
    /// @param file GGUF, safetensors, or folder of a Hugging Face checkpoint
    /// @throws tern.runtime.ModelException if it is none that is known
    public static Tern open(Path file) throws IOException {
        return open(file, Options.USUAL);
    }

    /// @throws tern.runtime.ModelException      if it is no model that is known
    /// @throws IllegalArgumentException         if there is no such device
    /// @throws IllegalStateException            if kernels must be bytecode, and the JVM lacks the flag for it; the message names it
    /// @throws tern.ir.device.DeviceException   if the device has not the memory
    public static Tern open(Path file, Options options) throws IOException {
        return open(file, options, _ -> ScheduleSource.NONE);
    }

    /// The same with kernels that were tuned.
    ///
    /// @param tuned asked before the cost model
    public static Tern open(Path file, Options options, Function<Device, ScheduleSource> tuned) throws IOException {
        Arena arena = Arena.ofShared();
        Device device = null;
        try {
            device = device(options);
            device.keepCode(options.folder());
            ModelSource source = ModelSource.open(file, arena, false);
            var library = new ScheduledLibrary(device, Tir.library().allPackings(), tuned.apply(device), _ -> {}, options.folder());
            int cores = options.threads() == 0 ? Runtime.getRuntime().availableProcessors() : options.threads();
            var settings = new Model.Settings(options.context(), Model.BATCH, options.cache(), cores, options.folder());
            return new Tern(arena, device, source, Model.load(device, library, source, settings, arena, _ -> {}), options);
        } catch (IOException | RuntimeException | Error e) {
            if (device != null) device.close();
            arena.close();
            throw e;
        }
    }

    private static Device device(Options options) {
        String name = options.device(), kind = name.replaceFirst(":.*", "");
        for (Device.Provider provider : ServiceLoader.load(Device.Provider.class)) {
            if (!provider.name().equals(kind)) continue;
            List<String> there = provider.devices();
            if (there.isEmpty()) throw new IllegalArgumentException(provider.absence());
            String wanted = name.equals(kind) ? there.getFirst() : name.substring(kind.length() + 1);
            if (there.contains(wanted)) return provider.open(wanted, options.threads());
        }
        throw new IllegalArgumentException("no device is named '%s'".formatted(name));
    }

    /// Name of the model, as its file has it.
    public String name() {
        return source.name();
    }

    /// Tokens of a text, prompt included.
    public int context() {
        return context;
    }

    /// Tokens of a text, in which nothing is special.
    public int[] tokens(String text) {
        return tokenizer.encode(text);
    }

    /// Tokens of a conversation as the model gets it.
    public int[] prompt(List<Message> messages) {
        return format().promptOf(messages);
    }

    /// Made when it is needed: a program that only continues texts has no use for it.
    private synchronized ChatFormat format() {
        ChatFormat known = format;
        if (known != null) return known;
        try {
            ChatFormat made = ChatFormat.of(source, Map.of());
            format = made;
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Whether the model was made for vectors, not for texts.
    public boolean makesVectors() throws IOException {
        return source.makesVectors();
    }

    /// A vector of length 1 for each text, in the order of the texts.
    ///
    /// @throws tern.runtime.ModelException if the model's vectors are not the states after the last token
    /// @throws IllegalArgumentException    if a text exceeds the context
    public List<float[]> embed(List<String> texts) {
        return embedder().embed(texts);
    }

    /// Numbers of a vector.
    public int dimensions() {
        return model.config().hidden();
    }

    private synchronized Embedder embedder() {
        Embedder known = embedder;
        if (known != null) return known;
        try {
            var made = new Embedder(model, source, tokenizer, batcher::between);
            embedder = made;
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// How likely the model takes a text to be after another, which may be empty.
    ///
    /// @throws IllegalArgumentException if no token can be scored, or they exceed the context
    public Score score(String given, String text) {
        Score[] score = new Score[1];
        batcher.between(() -> {
            score[0] = scorer().of(given, text);
        });
        return score[0];
    }

    /// While nobody else uses the device.
    private Scorer scorer() {
        Scorer known = scorer;
        if (known != null) return known;
        var made = new Scorer(model, tokenizer, arena);
        scorer = made;
        return made;
    }

    /// The vector of a text.
    public float[] embed(String text) {
        return embed(List.of(text)).getFirst();
    }

    /// Answers a message, with the most likely tokens.
    public String chat(String message) {
        return chat(List.of(new Message(Role.USER, message)), Generate.GREEDY, _ -> {}).text();
    }

    /// Answers a conversation.
    ///
    /// @param parts hears the text as it comes, on this thread
    /// @throws Batcher.Refused          if too many texts wait
    /// @throws IllegalArgumentException if the prompt does not fit
    public Answer chat(List<Message> messages, Generate how, Consumer<String> parts) {
        return chat(messages, Functions.NONE, how, parts);
    }

    /// The same with functions that the model may call, see [Functions#call].
    ///
    /// @throws Batcher.Refused          if too many texts wait
    /// @throws IllegalArgumentException if the prompt does not fit
    public Answer chat(List<Message> messages, Functions functions, Generate how, Consumer<String> parts) {
        ChatFormat turns = format();
        var stops = new ArrayList<>(turns.stopTexts());
        stops.addAll(how.stops());
        return run(turns.promptOf(messages, functions, Map.of()), how.withStops(stops), turns.stops(), parts);
    }

    /// Continues a text.
    ///
    /// @param parts hears the text as it comes, on this thread
    /// @throws Batcher.Refused          if too many texts wait
    /// @throws IllegalArgumentException if the prompt is empty or does not fit
    public Answer generate(String prompt, Generate how, Consumer<String> parts) {
        int[] text = tokenizer.encode(prompt);
        int[] ids = text;
        if (tokenizer.bos().isPresent()) {
            ids = new int[text.length + 1];
            ids[0] = tokenizer.bos().getAsInt();
            System.arraycopy(text, 0, ids, 1, text.length);
        }
        return run(ids, how, tokenizer.stops(), parts);
    }

    private Answer run(int[] prompt, Generate how, Set<Integer> ends, Consumer<String> parts) {
        var free = new Request(prompt, how.most(), how.sampling(), ends, Map.of(), -1);
        Grammar grammar = how.grammar();
        Generation generation = batcher.submit(grammar == null ? free : free.within(grammar.constraint(trie(), tokenizer, ends)));
        try {
            var stream = new TextStream(tokenizer, how.stops());
            var text = new StringBuilder();
            int count = 0;
            for (Optional<Token> next = generation.next(); next.isPresent() && !stream.isStopped(); next = generation.next()) {
                count++;
                show(stream.push(next.get().id()), text, parts);
                if (stream.isStopped()) generation.cancel();
            }
            if (generation.end() == Generation.End.FAILED) throw new IllegalStateException(generation.problem());
            show(stream.finish(), text, parts);
            boolean complete = stream.isStopped() || generation.end() == Generation.End.STOP || generation.end() == Generation.End.GRAMMAR;
            return new Answer(text.toString(), prompt.length, count, complete);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a text was generated", e);
        } finally {
            generation.cancel();
        }
    }

    private static void show(String part, StringBuilder text, Consumer<String> parts) {
        if (part.isEmpty()) return;
        text.append(part);
        parts.accept(part);
    }

    private TokenTrie trie() {
        TokenTrie made = trie.get();
        if (made != null) return made;
        var own = new TokenTrie(tokenizer);
        TokenTrie first = trie.compareAndExchange(null, own);
        return first == null ? own : first;
    }

    /// Ends all texts that are still generated, and frees the memory.
    @Override
    public void close() {
        batcher.close();
        device.close();
        arena.close();
    }
}
