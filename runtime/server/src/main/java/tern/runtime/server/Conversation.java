package tern.runtime.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tern.runtime.chat.Functions;
import tern.runtime.chat.Functions.Call;
import tern.runtime.chat.Message;
import tern.runtime.chat.Message.Role;
import tools.jackson.databind.JsonNode;

/// Messages of a request as the model's template takes them: text, calls, and what came of these.
final class Conversation {

    private static final Set<String> TEXTS = Set.of("text", "input_text", "output_text");

    private Conversation() {}

    /// @param system said before all messages; empty for nothing
    /// @param name   of the list
    static List<Message> of(Fields f, String name, String system) {
        var all = new ArrayList<Message>();
        for (Fields message : f.objects(name)) add(message, all);
        if (all.isEmpty()) throw f.wrong(name, "there are no messages");
        return withSystem(all, system);
    }

    static List<Message> withSystem(List<Message> messages, String system) {
        var all = new ArrayList<>(messages);
        var first = new StringBuilder(system);
        if (!all.isEmpty() && all.getFirst().role() == Role.SYSTEM) append(first, all.removeFirst().text());
        if (!first.isEmpty()) all.addFirst(new Message(Role.SYSTEM, first.toString()));
        return all;
    }

    /// Ids of the prompt.
    ///
    /// @param values for the model's template
    /// @throws ApiError if that refuses the messages
    static int[] prompt(Served served, List<Message> messages, Functions tools, Map<String, JsonNode> values) {
        try {
            return served.format().promptOf(messages, tools, values);
        } catch (IllegalArgumentException e) {
            throw ApiError.wrong("messages", String.valueOf(e.getMessage()));
        }
    }

    private static void append(StringBuilder to, String text) {
        if (!to.isEmpty() && !text.isEmpty()) to.append("\n\n");
        to.append(text);
    }

    private static void add(Fields f, List<Message> to) {
        String type = f.text("type").orElse("message");
        switch (type) {
            case "message" -> message(f, to);
            case "function_call" -> to.add(new Message(Role.ASSISTANT, "", List.of(call(f))));
            case "function_call_output" -> to.add(new Message(Role.TOOL, content(f, "output", new ArrayList<>(), to)));
            default -> throw f.wrong("type", "expected message, function_call or function_call_output");
        }
    }

    private static Call call(Fields f) {
        return new Call(f.needText("name"), f.needText("arguments"));
    }

    private static void message(Fields f, List<Message> to) {
        String role = f.needText("role");
        var calls = new ArrayList<Call>();
        for (Fields call : f.objects("tool_calls"))
            calls.add(call(call.object("function").orElseThrow(() -> call.wrong("function", "is missing"))));
        switch (role) {
            case "system", "developer" -> to.add(new Message(Role.SYSTEM, content(f, "content", calls, to)));
            case "user" -> {
                String text = content(f, "content", calls, to);
                if (!text.isEmpty() || !f.get("content").isArray()) to.add(new Message(Role.USER, text));
            }
            case "assistant" -> {
                String text = f.has("content") ? content(f, "content", calls, to) : "";
                to.add(new Message(Role.ASSISTANT, text, calls));
            }
            case "tool", "function" -> to.add(new Message(Role.TOOL, content(f, "content", calls, to)));
            default -> throw f.wrong("role", "expected system, developer, user, assistant or tool");
        }
    }

    /// The text: a string, or parts of which each is text, a call or the result of one.
    ///
    /// @param calls   gets the calls
    /// @param results gets the results, which stand before the message
    private static String content(Fields f, String name, List<Call> calls, List<Message> results) {
        JsonNode content = f.get(name);
        if (content.isString()) return content.stringValue();
        if (!content.isArray()) throw f.wrong(name, "expected a string or a list of parts");
        var text = new StringBuilder();
        for (Fields part : f.objects(name)) {
            String type = part.needText("type");
            if (TEXTS.contains(type)) append(text, part.needText("text"));
            else if (type.equals("tool_use")) calls.add(new Call(part.needText("name"), part.get("input").toString()));
            else if (type.equals("tool_result")) results.add(new Message(Role.TOOL, part.has("content") ? content(part, "content", calls, results) : ""));
            else throw part.wrong("type", "only text is supported");
        }
        return text.toString();
    }
}
