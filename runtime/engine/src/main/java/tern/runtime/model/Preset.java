package tern.runtime.model;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tern.ir.Op.RopePairs;
import tern.ir.RopeAngles.Yarn;
import tern.runtime.model.Block.Activation;
import tern.runtime.model.Block.Norms;

/// A shape that random models are made in.
///
/// Those named by their size are the sizes of "The Era of 1-bit LLMs" (arXiv 2402.17764), which gives no dimensions. Theirs here are
/// from models of that size that were published, computed as the paper describes its own: LLaMA's block with ternary weights.
///
/// @param name    e.g. `3b`
/// @param source  of the sizes
/// @param isGuess true if nobody published them
public record Preset(String name, ModelConfig config, String source, boolean isGuess) {

    private static final Yarn TINY_YARN = new Yarn(4, 64, 32, 1, Yarn.attention(4));

    /// Families one after the other, each from the smallest on.
    public static final List<Preset> ALL = List.of(
            new Preset("tiny", ModelConfig.TINY, "made up, for tests", false),
            new Preset("700m", llama(1536, 24, 16, 16, 4096, 32002, 2048, 1e-5f, true), "1bitLLM/bitnet_b1_58-large", false),
            new Preset("1.3b", llama(2048, 24, 32, 32, 5460, 32002, 2048, 1e-5f, true), "1bitLLM/bitnet_b1_58-xl", false),
            new Preset("2b4t", ModelConfig.BITNET_2B4T, "microsoft/bitnet-b1.58-2B-4T", false),
            new Preset("3b", llama(3200, 26, 32, 32, 8640, 32002, 2048, 1e-5f, true), "1bitLLM/bitnet_b1_58-3B", false),
            // The width and depth of 3B, and as wide a feed-forward layer as makes 3.9 G parameters.
            new Preset("3.9b", llama(3200, 26, 32, 32, 10496, 32002, 2048, 1e-5f, true), "a guess: 3b with a wider ffn", true),
            new Preset("7b", llama(4096, 32, 32, 32, 11008, 32000, 2048, 1e-6f, false), "LLaMA 7B", false),
            new Preset("13b", llama(5120, 40, 40, 40, 13824, 32000, 2048, 1e-6f, false), "LLaMA 13B", false),
            new Preset("70b", llama(8192, 80, 64, 8, 28672, 32000, 4096, 1e-5f, false), "Llama 2 70B", false),
            new Preset("tiny-qwen3", qwen3(256, 3, 4, 2, 128, 768, 512, 512, false, TINY_YARN), "made up, for tests", false),
            new Preset("bonsai-1.7b", qwen3(2048, 28, 16, 8, 128, 6144, 151936, 32768, true, null), "Qwen3-1.7B", false),
            new Preset("bonsai-4b", qwen3(2560, 36, 32, 8, 128, 9728, 151936, 32768, true, null), "Qwen3-4B", false),
            new Preset("bonsai-8b", qwen3(4096, 36, 32, 8, 128, 12288, 151936, 65536, false, null), "Qwen3-8B", false),
            new Preset("tiny-embedding", embedding(qwen3(256, 3, 4, 2, 128, 768, 512, 512, true, null)), "made up, for tests", false),
            new Preset("embedding-0.6b", embedding(qwen3(1024, 28, 16, 8, 128, 3072, 151936, 32768, true, null)), "microsoft/bitnet-embedding-0.6b", false),
            new Preset("tiny-gemma3", embedding(gemma3(256, 3, 2, 1, 256, 512, 512, 512, new Positions(null, 24, 2, 10000), 1e6f)), "made up, for tests",
                    false),
            new Preset("embedding-270m", embedding(gemma3(640, 18, 4, 1, 256, 2048, 262144, 32768, Positions.PLAIN, 10000)),
                    "microsoft/bitnet-embedding-270m", false));

    /// For help texts.
    public static final String LIST = "tiny, 700m, 1.3b, 2b4t, 3b, 3.9b (guessed sizes), 7b, 13b, 70b, tiny-qwen3, bonsai-1.7b, bonsai-4b, bonsai-8b, "
            + "tiny-embedding, embedding-0.6b, tiny-gemma3 or embedding-270m";

    private static ModelConfig llama(
            int hidden, int layers, int heads, int kvHeads, int ffn, int vocabulary, int context, float epsilon, boolean tiedHead) {
        return new ModelConfig(
                "llama", hidden, layers, heads, kvHeads, hidden / heads, ffn, vocabulary, context, epsilon, 10000f,
                RopePairs.NEIGHBOURS, new Block(false, Activation.SILU, tiedHead));
    }

    private static ModelConfig qwen3(
            int hidden, int layers, int heads, int kvHeads, int headDim, int ffn, int vocabulary, int context, boolean tiedHead, @Nullable Yarn yarn) {
        return new ModelConfig("qwen3", hidden, layers, heads, kvHeads, headDim, ffn, vocabulary, context, 1e-6f, 1e6f, RopePairs.HALVES,
                new Block(Set.of(Norms.HEAD), Activation.SILU, tiedHead, new Positions(yarn, 0, 1, 0), 1, 0));
    }

    private static ModelConfig gemma3(
            int hidden, int layers, int heads, int kvHeads, int headDim, int ffn, int vocabulary, int context, Positions positions, float theta) {
        return new ModelConfig("gemma3", hidden, layers, heads, kvHeads, headDim, ffn, vocabulary, context, 1e-6f, theta, RopePairs.HALVES,
                new Block(Set.of(Norms.HEAD, Norms.POST), Activation.GELU, true, positions, GgufArchitecture.root(hidden), 0));
    }

    /// A backbone with a norm before each projection.
    private static ModelConfig embedding(ModelConfig c) {
        Block block = c.block();
        var norms = EnumSet.copyOf(block.norms());
        norms.add(Norms.INPUT);
        return new ModelConfig(c.architecture(), c.hidden(), c.layers(), c.heads(), c.kvHeads(), c.headDim(), c.ffn(), c.vocabulary(), c.context(), c.epsilon(),
                c.theta(), c.pairs(), new Block(norms, block.activation(), block.tiedHead(), block.positions(), block.embeddingFactor(), block.queryScalar()));
    }

    public static List<String> names() {
        return ALL.stream().map(Preset::name).toList();
    }

    public static Optional<Preset> find(String name) {
        return ALL.stream().filter(p -> p.name.equals(name)).findFirst();
    }

    /// Where the sizes are from, as a reader must know it.
    public String provenance() {
        return isGuess ? "GUESSED SIZES (" + source + ")" : "sizes of " + source;
    }
}
