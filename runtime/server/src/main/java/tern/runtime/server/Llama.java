package tern.runtime.server;

import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Map;
import tern.runtime.model.PassTime;
import tern.runtime.serve.Batcher;
import tern.runtime.serve.Counts;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Endpoints of llama-server that OpenAI's API lacks: `/tokenize`, `/detokenize`, `/props`.
final class Llama {

    private final Served served;
    private final boolean lab;

    /// @param lab whether the page has a laboratory
    Llama(Served served, boolean lab) {
        this.served = served;
        this.lab = lab;
    }

    void tokenize(ServerRequest request, ServerResponse response) {
        Fields f = Http.body(request);
        String content = f.needText("content");
        int[] ids = f.flag("parse_special", false) ? served.tokenizer().encodeWithSpecials(content) : served.tokenizer().encode(content);
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        ArrayNode tokens = root.putArray("tokens");
        if (f.flag("add_special", false)) served.tokenizer().bos().ifPresent(tokens::add);
        for (int id : ids) tokens.add(id);
        Http.json(response, root);
    }

    void detokenize(ServerRequest request, ServerResponse response) {
        Fields f = Http.body(request);
        JsonNode given = f.get("tokens");
        if (!given.isArray()) throw f.wrong("tokens", "expected a list of tokens");
        int[] ids = new int[given.size()];
        for (int i = 0; i < ids.length; i++) {
            JsonNode one = given.get(i);
            if (!one.isInt() || one.intValue() < 0 || one.intValue() >= served.tokenizer().size())
                throw f.wrong("tokens", "expected tokens of the vocabulary");
            ids[i] = one.intValue();
        }
        Http.json(response, JsonNodeFactory.instance.objectNode().put("content", served.tokenizer().decode(ids)));
    }

    /// Of the model, the machine, and the work so far.
    ObjectNode props() {
        Batcher.Settings settings = served.batcher().settings();
        ObjectNode root = JsonNodeFactory.instance.objectNode().put("model", served.name()).put("chat_template", served.template())
                .put("total_slots", settings.parallel()).put("kept_sequences", settings.slots()).put("queue", settings.queue())
                .put("prompt_chunk", settings.chunk()).put("lab", lab);
        root.putObject("default_generation_settings").put("n_ctx", served.context());
        ObjectNode facts = root.putObject("facts");
        for (Map.Entry<String, String> one : served.facts().entrySet()) facts.put(one.getKey(), one.getValue());
        Counts c = served.batcher().counts();
        root.putObject("counts").put("running", c.running()).put("waiting", c.waiting()).put("mean_batch", c.meanBatch()).put("passes", c.passes())
                .put("generated", c.made()).put("prompt", c.prompt()).put("shared", c.shared()).put("requests", c.requests())
                .put("refused", c.refused()).put("cancelled", c.cancelled()).put("busy_seconds", c.busySeconds()).put("longest_pass", c.longestPass());
        return root;
    }

    /// In addition to these, the kernels: what they are, and where the time of all passes went. No way of llama-server; the page's.
    ObjectNode engine() {
        ObjectNode root = props(), to = root.putObject("work");
        Served.Work work = served.work();
        to.put("bytes_per_pass", work.bytes()).put("bandwidth", work.bandwidth().getAsDouble());
        ArrayNode products = to.putArray("products"), parts = to.putArray("parts");
        for (Served.Product p : work.products())
            products.addObject().put("name", p.name()).put("packing", p.packing()).put("step", p.step()).put("batch", p.batch()).put("code", p.code());
        for (PassTime t : served.batcher().times())
            parts.addObject().put("name", t.name()).put("schedule", t.schedule()).put("launches", t.launches()).put("seconds", t.seconds()).put("bytes",
                    t.bytes());
        return root;
    }
}
