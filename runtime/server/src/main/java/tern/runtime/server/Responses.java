package tern.runtime.server;

import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tern.runtime.chat.Functions;
import tern.runtime.chat.Message;
import tern.runtime.chat.Message.Role;
import tern.runtime.serve.Token;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `/v1/responses` of OpenAI. Nothing is stored: a conversation is what its `input` says.
final class Responses {

    private final Served served;
    private final Answers answers;

    Responses(Served served, Answers answers) {
        this.served = served;
        this.answers = answers;
    }

    void create(ServerRequest request, ServerResponse response) {
        Fields f = Http.body(request);
        f.refuse("previous_response_id", Set.of());
        f.refuse("conversation", Set.of());
        f.refuse("background", Set.of("false"));
        Functions tools = Tools.openAi(f);
        String system = f.text("instructions").orElse("");
        List<Message> messages = f.get("input").isString()
                ? Conversation.withSystem(List.of(new Message(Role.USER, f.needText("input"))), system)
                : Conversation.of(f, "input", system);
        Asked asked = Asked.of(
                f, served, Conversation.prompt(served, messages, tools, Map.of()), served.format().stopTexts(), served.format().stops(), -1,
                Tools.grammar(tools));
        boolean streams = f.flag("stream", false);
        try (var events = new Events(response)) {
            var answer = new Answer(asked, tools, streams ? events : null);
            try {
                answers.run(asked, answer);
                if (!streams) Http.json(response, answer.response());
            } catch (ApiError e) {
                if (!events.hasBegun()) throw e;
                events.named("error", object().put("type", "error").put("message", e.getMessage()).put("code", e.type));
            }
        }
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /// An answer: one item, a message or a call.
    private final class Answer implements Answers.Listener {

        private final Asked asked;
        private final Functions tools;
        private final @Nullable Events events;
        private final String id = Http.id("resp_"), item = Http.id("msg_");
        private final long created = Http.now();
        private final StringBuilder text = new StringBuilder();
        private boolean begun, shows;
        private int number;
        private Answers.@Nullable Done done;

        Answer(Asked asked, Functions tools, @Nullable Events events) {
            this.asked = asked;
            this.tools = tools;
            this.events = events;
        }

        private void event(Events to, String type, ObjectNode body) {
            ObjectNode event = object().put("type", type).put("sequence_number", number++);
            event.setAll(body);
            to.named(type, event);
        }

        private void begin(Events to) {
            if (begun) return;
            begun = true;
            event(to, "response.created", object().set("response", response()));
        }

        @Override
        public void part(int index, String more, List<Token> tokens) {
            text.append(more);
            if (events == null) return;
            begin(events);
            if (!shows && tools.mayBeCall(text)) return;
            String visible = shows ? more : text.toString();
            if (!visible.isEmpty()) show(events, visible);
        }

        private ObjectNode place() {
            return object().put("item_id", item).put("output_index", 0).put("content_index", 0);
        }

        private void show(Events to, String visible) {
            if (!shows) {
                ObjectNode empty = message("in_progress", "");
                empty.putArray("content");
                event(to, "response.output_item.added", object().put("output_index", 0).set("item", empty));
                event(to, "response.content_part.added", place().set("part", part("")));
            }
            shows = true;
            event(to, "response.output_text.delta", place().put("delta", visible).set("logprobs", JsonNodeFactory.instance.arrayNode()));
        }

        private ObjectNode part(String shown) {
            ObjectNode part = object().put("type", "output_text").put("text", shown);
            part.putArray("annotations");
            return part;
        }

        private ObjectNode message(String status, String shown) {
            ObjectNode message = object().put("id", item).put("type", "message").put("status", status).put("role", "assistant");
            message.putArray("content").add(part(shown));
            return message;
        }

        private ObjectNode call(Functions.Call call) {
            return object().put("id", item).put("type", "function_call").put("status", "completed").put("call_id", "call_" + item)
                    .put("name", call.name()).put("arguments", call.arguments());
        }

        private Optional<Functions.Call> call() {
            return shows ? Optional.empty() : tools.call(text.toString());
        }

        @Override
        public void end(int index, Answers.Done end) {
            done = end;
            if (events == null) return;
            begin(events);
            Optional<Functions.Call> call = call();
            if (call.isPresent()) {
                event(events, "response.output_item.added", object().put("output_index", 0).set("item", call(call.get())));
                event(events, "response.function_call_arguments.done",
                        object().put("item_id", item).put("output_index", 0).put("name", call.get().name()).put("arguments", call.get().arguments()));
            } else {
                if (!shows) show(events, text.toString());
                event(events, "response.output_text.done", place().put("text", text.toString()).set("logprobs", JsonNodeFactory.instance.arrayNode()));
                event(events, "response.content_part.done", place().set("part", part(text.toString())));
            }
            event(events, "response.output_item.done", object().put("output_index", 0).set("item", output()));
            event(events, end.isComplete() ? "response.completed" : "response.incomplete", object().set("response", response()));
        }

        private JsonNode output() {
            Optional<Functions.Call> call = call();
            return call.isPresent() ? call(call.get()) : message("completed", text.toString());
        }

        @Override
        public void idle() {
            if (events == null) return;
            begin(events);
            events.beat();
        }

        ObjectNode response() {
            Answers.Done end = done;
            String status = end == null ? "in_progress" : end.isComplete() ? "completed" : "incomplete";
            ObjectNode root = object().put("id", id).put("object", "response").put("created_at", created).put("status", status)
                    .put("model", served.name());
            root.putNull("error").putNull("incomplete_details").putNull("instructions");
            root.putObject("metadata");
            root.put("parallel_tool_calls", false).put("temperature", asked.sampling().temperature()).put("top_p", asked.sampling().topP());
            root.put("tool_choice", "auto").putArray("tools");
            ArrayNode output = root.putArray("output");
            if (end == null) return root;
            if (!end.isComplete()) root.putObject("incomplete_details").put("reason", "max_output_tokens");
            output.add(output());
            ObjectNode usage = root.putObject("usage").put("input_tokens", asked.prompt().length).put("output_tokens", end.tokens())
                    .put("total_tokens", asked.prompt().length + end.tokens());
            usage.putObject("input_tokens_details").put("cached_tokens", end.shared()).put("cache_write_tokens", 0);
            usage.putObject("output_tokens_details").put("reasoning_tokens", 0);
            return root;
        }
    }
}
