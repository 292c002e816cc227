package tern.runtime.server;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import tern.ir.device.KernelLibrary.Choice;
import tern.runtime.chat.ChatFormat;
import tern.runtime.embed.Embedder;
import tern.runtime.grammar.TokenTrie;
import tern.runtime.serve.Batcher;
import tern.runtime.tokenizer.Tokenizer;

/// The model that a server offers.
///
/// @param name    by which requests call it
/// @param created seconds since 1970
/// @param context tokens of a text, prompt included
/// @param facts   of the model and the machine, for `/props`: names and values
/// @param work    what a pass does, for `/engine` and `/metrics`
/// @param trie    of the tokenizer; made when the first grammar comes
/// @param embedder if the model was made for vectors
public record Served(
        String name, long created, Tokenizer tokenizer, ChatFormat format, String template, int context, Batcher batcher,
        Map<String, String> facts, Work work, Supplier<TokenTrie> trie, Optional<Embedder> embedder) {

    /// @param bytes     of weights that a pass reads
    /// @param bandwidth of the memory that they lie in, bytes per second; to be asked when somebody looks, since it may be measured then; 0 if it is not known
    /// @param products  kernels of a layer
    public record Work(long bytes, DoubleSupplier bandwidth, List<Product> products) {}

    /// @param step,batch schedules for one token and for several
    /// @param code       what the kernels became
    public record Product(String name, String packing, String step, String batch, String code) {
        public static Product of(Choice choice) {
            return new Product(choice.use().name(), choice.packing().name(), choice.step().schedule().brief(), choice.batch().schedule().brief(),
                    choice.step().multiply().code());
        }
    }
}
