package tern.runtime.model;

import java.util.List;
import java.util.Optional;
import tern.ir.Op.RopePairs;
import tern.runtime.model.Block.Activation;

/// A shape that random models are made in.
///
/// Those named by their size are the sizes of "The Era of 1-bit LLMs" (arXiv 2402.17764), which gives no dimensions. Theirs here are
/// from models of that size that were published, computed as the paper describes its own: LLaMA's block with ternary weights.
///
/// @param name    e.g. `3b`
/// @param source  of the sizes
/// @param isGuess true if nobody published them
public record Preset(String name, ModelConfig config, String source, boolean isGuess) {

    /// From the smallest on.
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
            new Preset("70b", llama(8192, 80, 64, 8, 28672, 32000, 4096, 1e-5f, false), "Llama 2 70B", false));

    private static ModelConfig llama(
            int hidden, int layers, int heads, int kvHeads, int ffn, int vocabulary, int context, float epsilon, boolean tiedHead) {
        return new ModelConfig(
                "llama", hidden, layers, heads, kvHeads, hidden / heads, ffn, vocabulary, context, epsilon, 10000f,
                RopePairs.NEIGHBOURS, new Block(false, Activation.SILU, tiedHead));
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
