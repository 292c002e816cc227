package tern;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import tern.ir.Element;
import tern.ir.Op.RopePairs;
import tern.ir.device.Device;
import tern.runtime.chat.ChatFormat;
import tern.runtime.chat.ChatTemplate;
import tern.runtime.embed.Embedder;
import tern.runtime.gguf.TensorType;
import tern.runtime.grammar.TokenTrie;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Model;
import tern.runtime.model.ModelConfig;
import tern.runtime.serve.Batcher;
import tern.runtime.server.Laboratory;
import tern.runtime.server.Served;
import tern.runtime.server.Served.Product;
import tern.runtime.server.Served.Work;
import tern.runtime.server.ServerSettings;
import tern.runtime.server.ServerSettings.Limits;
import tern.runtime.server.ServerSettings.Tls;
import tern.runtime.server.TernServer;
import tern.runtime.synth.Synthesizer;
import tern.runtime.tokenizer.Tokenizer;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// A model of two small layers with random weights, ready to be served.
///
/// @param context of a text
public record TinyServer(Arena arena, Device device, Model model, Batcher batcher, Served served, int context) implements AutoCloseable {

    /// That its memory is said to have, bytes per second.
    static final double BANDWIDTH = 1e10;

    static final ModelConfig TINY =
            new ModelConfig("bitnet-b1.58", 128, 2, 2, 1, 64, 256, 320, 512, 1e-5f, 500000f, RopePairs.HALVES);

    public static TinyServer of(Path folder, Batcher.Settings settings) throws IOException {
        return of(TINY, folder, settings);
    }

    /// The same of any shape.
    static TinyServer of(ModelConfig config, Path folder, Batcher.Settings settings) throws IOException {
        return of(config, Devices.open("cpu", 1), folder, settings);
    }

    /// The same on any device, which is closed with it; the file is `tiny.gguf`.
    static TinyServer of(ModelConfig config, Device device, Path folder, Batcher.Settings settings) throws IOException {
        Path file = folder.resolve("tiny.gguf");
        Synthesizer.write(config, 3, TensorType.I2_S, TensorType.F16, file, (done, total) -> {});
        Arena arena = Arena.ofShared();
        GgufModel source = GgufModel.open(file, arena, false);
        var library = new ScheduledLibrary(device, Breadth.packings(), ScheduleSource.NONE, kernel -> {});
        Model model = Model.load(device, library, source, new Model.Settings(512, 64, Element.F32, 1, folder), arena, done -> {});
        var batcher = new Batcher(model, settings);
        Tokenizer tokenizer = source.tokenizer();
        var trie = new TokenTrie(tokenizer);
        var served = new Served(
                "tiny", 0, tokenizer, ChatFormat.of(ChatTemplate.NONE, tokenizer), "none", model.context(), batcher,
                Map.of("machine", "test"),
                new Work(model.bytesPerToken(0, true), () -> BANDWIDTH, model.plan().choices().values().stream().map(Product::of).toList()), () -> trie,
                source.makesVectors() ? Optional.of(new Embedder(model, source, tokenizer, batcher::between)) : Optional.empty());
        return new TinyServer(arena, device, model, batcher, served, model.context());
    }

    public TernServer listen(Optional<String> key, Limits limits) {
        return listen(key, Optional.empty(), limits, Optional.empty());
    }

    TernServer listen(Optional<String> key, Optional<Tls> tls, Limits limits, Optional<Laboratory> lab) {
        return TernServer.start(served, new ServerSettings("127.0.0.1", 0, key, tls, limits, lab));
    }

    @Override
    public void close() {
        batcher.close();
        device.close();
        arena.close();
    }
}
