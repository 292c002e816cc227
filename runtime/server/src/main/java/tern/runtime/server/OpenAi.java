package tern.runtime.server;

import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tern.runtime.chat.Functions;
import tern.runtime.chat.Message;
import tern.runtime.serve.Token;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `/v1/chat/completions` and `/v1/completions` of OpenAI.
final class OpenAi {

    private static final Set<String> OFF = Set.of("false");

    private final Served served;
    private final Answers answers;

    OpenAi(Served served, Answers answers) {
        this.served = served;
        this.answers = answers;
    }

    /// `/v1/models`.
    ObjectNode models() {
        ObjectNode root = object().put("object", "list");
        root.putArray("data").addObject().put("id", served.name()).put("object", "model").put("created", served.created()).put("owned_by", "tern");
        return root;
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    void chat(ServerRequest request, ServerResponse response) {
        Fields f = Http.body(request);
        Functions tools = Tools.openAi(f);
        List<Message> messages = Conversation.of(f, "messages", "");
        int alternatives = f.flag("logprobs", false) ? f.count("top_logprobs", 0, 0, 20) : -1;
        Asked asked = Asked.of(
                f, served, Conversation.prompt(served, messages, tools, f.values("chat_template_kwargs")), served.format().stopTexts(), served.format().stops(),
                alternatives, Tools.grammar(tools));
        answer(f, response, asked, new Form(true, tools, Http.id("chatcmpl-"), f.flag("stream", false)));
    }

    void completions(ServerRequest request, ServerResponse response) {
        Fields f = Http.body(request);
        f.refuse("echo", OFF);
        f.refuse("suffix", Set.of("\"\""));
        f.refuse("best_of", Set.of("1"));
        List<String> prompts = f.texts("prompt");
        if (prompts.size() != 1) throw f.wrong("prompt", "expected one string");
        int[] text = served.tokenizer().encode(prompts.getFirst());
        int[] prompt = served.tokenizer().bos().isEmpty() ? text : Http.joined(served.tokenizer().bos().getAsInt(), text);
        int alternatives = f.count("logprobs", -1, 0, 20);
        if (!f.has("max_tokens")) ((ObjectNode) f.node()).put("max_tokens", 16); // OpenAI's default
        Asked asked = Asked.of(f, served, prompt, List.of(), new TreeSet<>(served.tokenizer().stops()), alternatives, null);
        answer(f, response, asked, new Form(false, Functions.NONE, Http.id("cmpl-"), f.flag("stream", false)));
    }

    private void answer(Fields f, ServerResponse response, Asked asked, Form form) {
        boolean usage = f.object("stream_options").map(options -> options.flag("include_usage", false)).orElse(false);
        if (!form.streams) {
            var whole = new Whole(asked, form);
            answers.run(asked, whole);
            Http.json(response, whole.json());
            return;
        }
        try (var events = new Events(response)) {
            var parts = new Parts(asked, form, events);
            try {
                answers.run(asked, parts);
                if (usage)
                    events.data(form.usage(form.root(served, true).set("choices", JsonNodeFactory.instance.arrayNode()), asked, parts.made, parts.shared));
                events.data("[DONE]");
            } catch (ApiError e) {
                if (!events.hasBegun()) throw e;
                events.data(e.openAi());
            }
        }
    }

    /// Of an answer.
    ///
    /// @param chat whether it is a message, not a text
    private record Form(boolean chat, Functions tools, String id, boolean streams) {

        ObjectNode root(Served served, boolean part) {
            String kind = chat ? part ? "chat.completion.chunk" : "chat.completion" : "text_completion";
            return object().put("id", id).put("object", kind).put("created", Http.now()).put("model", served.name());
        }

        ObjectNode usage(ObjectNode root, Asked asked, int made, int shared) {
            ObjectNode usage = root.putObject("usage").put("prompt_tokens", asked.prompt().length).put("completion_tokens", made)
                    .put("total_tokens", asked.prompt().length + made);
            usage.putObject("prompt_tokens_details").put("cached_tokens", shared);
            return root;
        }

        String reason(Answers.Done done, boolean called) {
            return called ? "tool_calls" : done.isComplete() ? "stop" : "length";
        }
    }

    private void logprobs(ObjectNode choice, Asked asked, Form form, List<Token> tokens) {
        if (asked.alternatives() < 0) return;
        if (form.chat) Logprobs.chat(choice.putObject("logprobs").putArray("content"), served.tokenizer(), tokens);
        else Logprobs.completion(choice.putObject("logprobs"), served.tokenizer(), tokens);
    }

    private static void call(ObjectNode message, Functions.Call call, boolean part) {
        ObjectNode one = message.putArray("tool_calls").addObject();
        if (part) one.put("index", 0);
        one.put("id", Http.id("call_")).put("type", "function").putObject("function").put("name", call.name()).put("arguments", call.arguments());
    }

    /// An answer in one piece.
    private final class Whole implements Answers.Listener {

        private final Asked asked;
        private final Form form;
        private final List<StringBuilder> texts = new ArrayList<>();
        private final List<List<Token>> tokens = new ArrayList<>();
        private final Answers.Done[] ends;

        Whole(Asked asked, Form form) {
            this.asked = asked;
            this.form = form;
            ends = new Answers.Done[asked.count()];
            for (int i = 0; i < asked.count(); i++) {
                texts.add(new StringBuilder());
                tokens.add(new ArrayList<>());
            }
        }

        @Override
        public void part(int index, String text, List<Token> more) {
            texts.get(index).append(text);
            tokens.get(index).addAll(more);
        }

        @Override
        public void end(int index, Answers.Done done) {
            ends[index] = done;
        }

        @Override
        public void idle() {}

        ObjectNode json() {
            ObjectNode root = form.root(served, false);
            ArrayNode choices = root.putArray("choices");
            int made = 0;
            for (int i = 0; i < ends.length; i++) {
                String text = texts.get(i).toString();
                Optional<Functions.Call> call = form.tools.call(text);
                ObjectNode choice = choices.addObject().put("index", i);
                if (form.chat) {
                    ObjectNode message = choice.putObject("message").put("role", "assistant").put("content", call.isPresent() ? null : text);
                    message.putNull("refusal");
                    call.ifPresent(one -> call(message, one, false));
                } else {
                    choice.put("text", text);
                }
                choice.putNull("logprobs");
                logprobs(choice, asked, form, tokens.get(i));
                choice.put("finish_reason", form.reason(ends[i], call.isPresent()));
                made += ends[i].tokens();
            }
            return form.usage(root, asked, made, ends[0].shared());
        }
    }

    /// An answer part by part. What may be a call is held back until it is known.
    private final class Parts implements Answers.Listener {

        private final Asked asked;
        private final Form form;
        private final Events events;
        private final StringBuilder[] held;
        private final boolean[] shown;
        private boolean begun;
        private int made, shared;

        Parts(Asked asked, Form form, Events events) {
            this.asked = asked;
            this.form = form;
            this.events = events;
            held = new StringBuilder[asked.count()];
            for (int i = 0; i < held.length; i++) held[i] = new StringBuilder();
            shown = new boolean[asked.count()];
        }

        @Override
        public void part(int index, String text, List<Token> tokens) {
            held[index].append(text);
            boolean hold = !shown[index] && form.tools.mayBeCall(held[index]);
            if (hold && asked.alternatives() < 0) return;
            String visible = hold ? "" : held[index].toString();
            if (!hold) {
                shown[index] = true;
                held[index].setLength(0);
            }
            if (visible.isEmpty() && asked.alternatives() < 0) return;
            send(index, visible, tokens, Optional.empty(), null);
        }

        /// The role of every choice comes before any text: a client that adds up parts takes an answer for whole when
        /// all choices that it has seen have ended.
        private void begin() {
            if (begun || !form.chat) return;
            begun = true;
            for (int i = 0; i < held.length; i++) {
                ObjectNode root = form.root(served, true);
                ObjectNode choice = root.putArray("choices").addObject().put("index", i);
                choice.putObject("delta").put("role", "assistant").put("content", "");
                choice.putNull("finish_reason");
                events.data(root);
            }
        }

        private void send(int index, String text, List<Token> tokens, Optional<Functions.Call> call, @Nullable String reason) {
            begin();
            ObjectNode root = form.root(served, true);
            ObjectNode choice = root.putArray("choices").addObject().put("index", index);
            if (form.chat) {
                ObjectNode delta = choice.putObject("delta");
                if (reason == null || !text.isEmpty()) delta.put("content", text);
                call.ifPresent(one -> call(delta, one, true));
            } else {
                choice.put("text", text);
            }
            if (!tokens.isEmpty()) logprobs(choice, asked, form, tokens);
            choice.put("finish_reason", reason);
            events.data(root);
        }

        @Override
        public void end(int index, Answers.Done done) {
            String rest = held[index].toString();
            Optional<Functions.Call> call = shown[index] ? Optional.empty() : form.tools.call(rest);
            if (call.isPresent()) send(index, "", List.of(), call, null);
            else if (!rest.isEmpty()) send(index, rest, List.of(), call, null);
            send(index, "", List.of(), Optional.empty(), form.reason(done, call.isPresent()));
            made += done.tokens();
            shared = done.shared();
        }

        @Override
        public void idle() {
            events.beat();
        }
    }
}
