package tern.runtime.server;

import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tern.runtime.chat.Functions;
import tern.runtime.chat.Message;
import tern.runtime.serve.Token;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `/v1/messages` of Anthropic.
final class Anthropic {

    private static final JsonMapper MAPPER = new JsonMapper();

    private final Served served;
    private final Answers answers;

    Anthropic(Served served, Answers answers) {
        this.served = served;
        this.answers = answers;
    }

    void messages(ServerRequest request, ServerResponse response) {
        Fields f = Http.body(request);
        if (!f.has("max_tokens")) throw f.wrong("max_tokens", "is missing");
        Functions tools = Tools.anthropic(f);
        List<Message> messages = Conversation.of(f, "messages", system(f));
        Asked asked = Asked.of(
                f, served, Conversation.prompt(served, messages, tools, Map.of()), served.format().stopTexts(), served.format().stops(), -1,
                Tools.grammar(tools));
        boolean streams = f.flag("stream", false);
        try (var events = new Events(response)) {
            var answer = new Answer(asked, tools, streams ? events : null);
            try {
                answers.run(asked, answer);
                if (!streams) Http.json(response, answer.whole());
            } catch (ApiError e) {
                if (!events.hasBegun()) throw e;
                events.named("error", e.anthropic());
            }
        }
    }

    private static String system(Fields f) {
        if (f.get("system").isString()) return f.needText("system");
        return String.join("\n\n", f.objects("system").stream().map(part -> part.needText("text")).toList());
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /// An answer, in one piece or as events.
    private final class Answer implements Answers.Listener {

        private final Asked asked;
        private final Functions tools;
        private final @Nullable Events events;
        private final String id = Http.id("msg_");
        private final StringBuilder text = new StringBuilder();
        private boolean begun, shows;
        private Answers.@Nullable Done done;

        Answer(Asked asked, Functions tools, @Nullable Events events) {
            this.asked = asked;
            this.tools = tools;
            this.events = events;
        }

        private ObjectNode message() {
            ObjectNode message = object().put("id", id).put("type", "message").put("role", "assistant").put("model", served.name());
            message.putArray("content");
            message.putNull("stop_reason").putNull("stop_sequence");
            message.putObject("usage").put("input_tokens", asked.prompt().length).put("output_tokens", 0);
            return message;
        }

        private void begin(Events to) {
            if (begun) return;
            begun = true;
            to.named("message_start", object().put("type", "message_start").set("message", message()));
        }

        @Override
        public void part(int index, String more, List<Token> tokens) {
            text.append(more);
            if (events == null) return;
            begin(events);
            if (!shows && tools.mayBeCall(text)) return;
            String visible = shows ? more : text.toString();
            if (visible.isEmpty()) return;
            show(events, visible);
        }

        private void show(Events to, String visible) {
            if (!shows) block(to, object().put("type", "text").put("text", ""));
            shows = true;
            delta(to, object().put("type", "text_delta").put("text", visible));
        }

        private void block(Events to, ObjectNode block) {
            to.named("content_block_start", object().put("type", "content_block_start").put("index", 0).set("content_block", block));
        }

        private void delta(Events to, ObjectNode delta) {
            to.named("content_block_delta", object().put("type", "content_block_delta").put("index", 0).set("delta", delta));
        }

        @Override
        public void end(int index, Answers.Done done) {
            this.done = done;
            if (events == null) return;
            begin(events);
            Optional<Functions.Call> call = shows ? Optional.empty() : tools.call(text.toString());
            if (call.isPresent()) {
                ObjectNode block = object().put("type", "tool_use").put("id", Http.id("toolu_")).put("name", call.get().name());
                block.putObject("input");
                block(events, block);
                delta(events, object().put("type", "input_json_delta").put("partial_json", call.get().arguments()));
            } else if (!shows) {
                show(events, text.toString());
            }
            events.named("content_block_stop", object().put("type", "content_block_stop").put("index", 0));
            ObjectNode last = object().put("type", "message_delta");
            last.putObject("delta").put("stop_reason", reason(done, call.isPresent())).put("stop_sequence", stop(done));
            last.putObject("usage").put("output_tokens", done.tokens());
            events.named("message_delta", last);
            events.named("message_stop", object().put("type", "message_stop"));
        }

        private String reason(Answers.Done end, boolean called) {
            if (called) return "tool_use";
            return stop(end) != null ? "stop_sequence" : end.isComplete() ? "end_turn" : "max_tokens";
        }

        /// The request's own stop text that ended it; those of the template are ends of turns.
        private @Nullable String stop(Answers.Done end) {
            return end.stop().isEmpty() || served.format().stopTexts().contains(end.stop()) ? null : end.stop();
        }

        @Override
        public void idle() {
            if (events == null) return;
            begin(events);
            events.named("ping", object().put("type", "ping"));
        }

        JsonNode whole() {
            Answers.Done end = done;
            if (end == null) throw new IllegalStateException("the answer has no end");
            ObjectNode message = message();
            Optional<Functions.Call> call = tools.call(text.toString());
            ArrayNode content = (ArrayNode) message.get("content");
            if (call.isPresent()) {
                content.addObject().put("type", "tool_use").put("id", Http.id("toolu_")).put("name", call.get().name())
                        .set("input", MAPPER.readTree(call.get().arguments()));
            } else {
                content.addObject().put("type", "text").put("text", text.toString());
            }
            message.put("stop_sequence", stop(end)).put("stop_reason", reason(end, call.isPresent()));
            ((ObjectNode) message.get("usage")).put("output_tokens", end.tokens());
            return message;
        }
    }
}
