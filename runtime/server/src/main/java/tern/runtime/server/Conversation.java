package tern.runtime.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tern.runtime.chat.Functions;
import tern.runtime.chat.Message;
import tern.runtime.chat.Message.Role;
import tools.jackson.databind.JsonNode;

/// Messages of a request as the model's template takes them: text alone.
final class Conversation {

    private static final Set<String> TEXTS = Set.of("text", "input_text", "output_text");

    private Conversation() {}

    /// @param system said before all messages; empty for nothing
    /// @param name   of the list
    static List<Message> of(Fields f, String name, String system, Functions tools) {
        var all = new ArrayList<Message>();
        for (Fields message : f.objects(name)) add(message, all);
        if (all.isEmpty()) throw f.wrong(name, "there are no messages");
        return withSystem(all, system, tools);
    }

    static List<Message> withSystem(List<Message> messages, String system, Functions tools) {
        var all = new ArrayList<>(messages);
        var first = new StringBuilder(system);
        if (!all.isEmpty() && all.getFirst().role() == Role.SYSTEM) append(first, all.removeFirst().text());
        if (!first.isEmpty()) all.addFirst(new Message(Role.SYSTEM, first.toString()));
        return tools.introduce(all);
    }

    private static void append(StringBuilder to, String text) {
        if (!to.isEmpty() && !text.isEmpty()) to.append("\n\n");
        to.append(text);
    }

    private static void add(Fields f, List<Message> to) {
        String type = f.text("type").orElse("message");
        switch (type) {
            case "message" -> to.add(message(f));
            case "function_call" -> to.add(new Message(Role.ASSISTANT, new Functions.Call(f.needText("name"), f.needText("arguments")).toString()));
            case "function_call_output" -> to.add(Functions.returned(f.needText("output")));
            default -> throw f.wrong("type", "expected message, function_call or function_call_output");
        }
    }

    private static Message message(Fields f) {
        String role = f.needText("role");
        return switch (role) {
            case "system", "developer" -> new Message(Role.SYSTEM, content(f));
            case "user" -> new Message(Role.USER, content(f));
            case "assistant" -> new Message(Role.ASSISTANT, said(f));
            case "tool", "function" -> Functions.returned(content(f));
            default -> throw f.wrong("role", "expected system, developer, user, assistant or tool");
        };
    }

    /// What an assistant said, its calls included.
    private static String said(Fields f) {
        var text = new StringBuilder(f.has("content") ? content(f) : "");
        for (Fields call : f.objects("tool_calls")) {
            Fields function = call.object("function").orElseThrow(() -> call.wrong("function", "is missing"));
            append(text, new Functions.Call(function.needText("name"), function.needText("arguments")).toString());
        }
        return text.toString();
    }

    /// A string, or parts of which each is text, a call or the result of one.
    static String content(Fields f) {
        JsonNode content = f.get("content");
        if (content.isString()) return content.stringValue();
        if (!content.isArray()) throw f.wrong("content", "expected a string or a list of parts");
        var text = new StringBuilder();
        for (Fields part : f.objects("content")) {
            String type = part.needText("type");
            if (TEXTS.contains(type)) append(text, part.needText("text"));
            else if (type.equals("tool_use")) append(text, new Functions.Call(part.needText("name"), part.get("input").toString()).toString());
            else if (type.equals("tool_result")) append(text, Functions.returned(content(part)).text());
            else throw part.wrong("type", "only text is supported");
        }
        return text.toString();
    }
}
