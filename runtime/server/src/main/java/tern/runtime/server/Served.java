package tern.runtime.server;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
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
/// @param trie    of the tokenizer; made when the first grammar comes
/// @param embedder if the model was made for vectors
public record Served(
        String name, long created, Tokenizer tokenizer, ChatFormat format, String template, int context, Batcher batcher,
        Map<String, String> facts, Supplier<TokenTrie> trie, Optional<Embedder> embedder) {}
