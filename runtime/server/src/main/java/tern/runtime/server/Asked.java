package tern.runtime.server;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import tern.ir.text.IrException;
import tern.ir.text.Source;
import tern.runtime.grammar.Grammar;
import tern.runtime.sample.Sampling;
import tern.runtime.serve.Request;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// What a request asks for, whatever the form that it came in.
///
/// @param count      of texts; each has a seed of its own
/// @param stops      texts that end an answer
/// @param ends       tokens that do
/// @param grammar    null if every token may follow
record Asked(
        int[] prompt, int most, int count, Sampling sampling, List<String> stops, Set<Integer> ends, Map<Integer, Float> bias,
        int alternatives, @Nullable Grammar grammar) {

    private static final int MOST_TEXTS = 16, MOST_STOPS = 16;

    /// The model's usual way, where a request says nothing.
    private static final Sampling USUAL = Sampling.recommended(0);

    /// In OpenAI's names, and llama-server's beyond them.
    ///
    /// @param alternatives -1 if no probabilities are asked for
    static Asked of(Fields f, Served served, int[] prompt, List<String> formatStops, Set<Integer> ends, int alternatives,
            @Nullable Grammar grammar) {
        if (prompt.length == 0) throw ApiError.wrong(null, "the prompt is empty");
        if (prompt.length >= served.context())
            throw new ApiError(400, "invalid_request_error", null,
                    String.format(ROOT, "the prompt has %d tokens, and the context %d", prompt.length, served.context()));
        f.refuse("presence_penalty", Set.of("0", "0.0"));
        f.refuse("frequency_penalty", Set.of("0", "0.0"));
        String length = f.has("max_completion_tokens") ? "max_completion_tokens" : f.has("max_output_tokens") ? "max_output_tokens" : "max_tokens";
        int room = served.context() - prompt.length;
        int most = Math.min(room, f.count(length, room, 1, Integer.MAX_VALUE));
        List<String> own = f.has("stop") ? f.texts("stop") : f.texts("stop_sequences");
        if (own.size() > MOST_STOPS || own.stream().anyMatch(String::isEmpty))
            throw f.wrong("stop", String.format(ROOT, "expected at most %d strings, none of them empty", MOST_STOPS));
        var stops = new ArrayList<>(formatStops);
        stops.addAll(own);
        return new Asked(
                prompt, most, f.count("n", 1, 1, MOST_TEXTS), sampling(f), stops, ends, bias(f, served), alternatives,
                grammar == null ? grammar(f) : grammar);
    }

    private static Sampling sampling(Fields f) {
        float penalty = (float) f.number("repeat_penalty", 1, 0.01, 10);
        var repeated = penalty == 1 ? Sampling.Penalty.NONE : new Sampling.Penalty(penalty, f.count("repeat_last_n", 64, -1, 1 << 20));
        return new Sampling(
                (float) f.number("temperature", USUAL.temperature(), 0, 100),
                f.count("top_k", 0, 0, Integer.MAX_VALUE),
                (float) Math.max(Float.MIN_NORMAL, f.number("top_p", USUAL.topP(), 0, 1)),
                (float) f.number("min_p", 0, 0, 1),
                repeated,
                f.whole("seed", ThreadLocalRandom.current().nextLong(), Long.MIN_VALUE, Long.MAX_VALUE));
    }

    private static Map<Integer, Float> bias(Fields f, Served served) {
        if (!f.has("logit_bias")) return Map.of();
        JsonNode given = f.object("logit_bias").orElseThrow().node();
        var bias = new HashMap<Integer, Float>();
        for (Map.Entry<String, JsonNode> one : given.properties()) {
            int token;
            try {
                token = Integer.parseInt(one.getKey());
            } catch (NumberFormatException e) {
                throw f.wrong("logit_bias", "expected tokens as keys");
            }
            if (token < 0 || token >= served.tokenizer().size() || !one.getValue().isNumber() || Math.abs(one.getValue().doubleValue()) > 100)
                throw f.wrong("logit_bias", "expected tokens of the vocabulary, and numbers from -100 to 100");
            bias.put(token, (float) one.getValue().doubleValue());
        }
        return Map.copyOf(bias);
    }

    /// `response_format` of OpenAI, `output_config` of Anthropic, `grammar` and `json_schema` of llama-server.
    private static @Nullable Grammar grammar(Fields f) {
        try {
            Optional<String> gbnf = f.text("grammar");
            if (gbnf.isPresent()) return Grammar.ofGbnf(new Source("grammar", gbnf.get()));
            if (f.has("json_schema")) return Grammar.ofSchema("json_schema", f.get("json_schema"));
            Optional<Fields> format =
                    f.object("response_format").or(() -> f.object("text").or(() -> f.object("output_config")).flatMap(of -> of.object("format")));
            if (format.isEmpty()) return null;
            Fields form = format.get();
            return switch (form.needText("type")) {
                case "text" -> null;
                case "json_object" -> Grammar.ofSchema("response_format", JsonNodeFactory.instance.objectNode().put("type", "object"));
                case "json_schema" -> {
                    Fields schema = form.object("json_schema").orElse(form);
                    yield Grammar.ofSchema("response_format", schema.object("schema").orElseThrow(() -> schema.wrong("schema", "is missing")).node());
                }
                default -> throw form.wrong("type", "expected text, json_object or json_schema");
            };
        } catch (IrException | IllegalArgumentException e) {
            throw ApiError.wrong(null, String.valueOf(e.getMessage()).lines().findFirst().orElse("the grammar is wrong"));
        }
    }

    /// The request for one of the texts.
    Request request(int index, Served served) {
        Sampling s = sampling;
        var own = new Sampling(s.temperature(), s.topK(), s.topP(), s.minP(), s.penalty(), s.seed() + index);
        var request = new Request(prompt, most, own, ends, bias, alternatives);
        return grammar == null ? request : request.within(grammar.constraint(served.trie().get(), served.tokenizer(), ends));
    }
}
