package tern.runtime.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import tern.runtime.serve.Token;
import tern.runtime.tokenizer.Tokenizer;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Probabilities of tokens in OpenAI's forms.
final class Logprobs {

    private Logprobs() {}

    static void chat(ArrayNode content, Tokenizer tokenizer, List<Token> tokens) {
        for (Token token : tokens) {
            ObjectNode one = put(content.addObject(), tokenizer, token.id(), token.logprob());
            ArrayNode others = one.putArray("top_logprobs");
            for (Token.Alternative other : token.alternatives()) put(others.addObject(), tokenizer, other.id(), other.logprob());
        }
    }

    private static ObjectNode put(ObjectNode to, Tokenizer tokenizer, int token, float logprob) {
        byte[] bytes = tokenizer.decode(token);
        ArrayNode numbers = to.put("token", new String(bytes, UTF_8)).put("logprob", logprob).putArray("bytes");
        for (byte b : bytes) numbers.add(b & 0xff);
        return to;
    }

    static void completion(ObjectNode to, Tokenizer tokenizer, List<Token> tokens) {
        ArrayNode names = to.putArray("tokens"), logprobs = to.putArray("token_logprobs"), tops = to.putArray("top_logprobs");
        for (Token token : tokens) {
            names.add(new String(tokenizer.decode(token.id()), UTF_8));
            logprobs.add(token.logprob());
            ObjectNode top = tops.addObject();
            for (Token.Alternative other : token.alternatives()) top.put(new String(tokenizer.decode(other.id()), UTF_8), other.logprob());
        }
    }
}
