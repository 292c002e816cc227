package tern.runtime.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tern.runtime.chat.Functions;
import tern.runtime.chat.Functions.Function;
import tern.runtime.grammar.Grammar;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// The [Functions] of a request.
final class Tools {

    private Tools() {}

    /// OpenAI's `tools` and `tool_choice`; Responses has name and parameters one level higher.
    static Functions openAi(Fields f) {
        var all = new ArrayList<Function>();
        for (Fields tool : f.objects("tools")) {
            if (!tool.needText("type").equals("function")) throw tool.wrong("type", "only functions are supported");
            all.add(function(tool.object("function").orElse(tool), "parameters"));
        }
        if (all.isEmpty() || !f.has("tool_choice")) return new Functions(all, false);
        Optional<Fields> named = f.get("tool_choice").isObject() ? f.object("tool_choice") : Optional.empty();
        if (named.isPresent()) return only(f, all, named.get().object("function").orElse(named.get()).needText("name"));
        return chosen(f, all, f.needText("tool_choice"));
    }

    /// Anthropic's.
    static Functions anthropic(Fields f) {
        var all = new ArrayList<Function>();
        for (Fields tool : f.objects("tools")) all.add(function(tool, "input_schema"));
        Optional<Fields> choice = f.object("tool_choice");
        if (all.isEmpty() || choice.isEmpty()) return new Functions(all, false);
        String type = choice.get().needText("type");
        if (type.equals("tool")) return only(f, all, choice.get().needText("name"));
        return chosen(f, all, type.equals("any") ? "required" : type);
    }

    private static Function function(Fields f, String parameters) {
        JsonNode schema = f.object(parameters).<JsonNode>map(Fields::node)
                .orElseGet(() -> JsonNodeFactory.instance.objectNode().put("type", "object"));
        return new Function(f.needText("name"), f.text("description").orElse(""), schema);
    }

    private static Functions chosen(Fields f, List<Function> all, String choice) {
        return switch (choice) {
            case "none" -> Functions.NONE;
            case "auto" -> new Functions(all, false);
            case "required" -> new Functions(all, true);
            default -> throw f.wrong("tool_choice", "expected none, auto, required or a function");
        };
    }

    private static Functions only(Fields f, List<Function> all, String name) {
        List<Function> one = all.stream().filter(function -> function.name().equals(name)).toList();
        if (one.isEmpty()) throw f.wrong("tool_choice", "names no function of tools");
        return new Functions(one, true);
    }

    /// Of an answer that has to be a call; null if it need not.
    static @Nullable Grammar grammar(Functions functions) {
        try {
            return functions.grammar();
        } catch (IllegalArgumentException e) {
            throw ApiError.wrong("tools", String.valueOf(e.getMessage()));
        }
    }
}
