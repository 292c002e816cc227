package tern.runtime.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tern.runtime.grammar.Grammar;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Functions that a model may call. They are described in the system message; a call is an answer that is one JSON object with the function's
/// name and arguments. Where a call is demanded, a grammar sees to it that it is one.
///
/// @param must whether the answer has to be a call
record Tools(List<Function> functions, boolean must) {

    static final Tools NONE = new Tools(List.of(), false);

    private static final JsonMapper MAPPER = new JsonMapper();

    /// @param parameters JSON schema of the arguments
    record Function(String name, String description, JsonNode parameters) {}

    /// @param arguments a JSON object as text
    record Call(String name, String arguments) {}

    /// OpenAI's `tools` and `tool_choice`; Responses has name and parameters one level higher.
    static Tools openAi(Fields f) {
        var all = new ArrayList<Function>();
        for (Fields tool : f.objects("tools")) {
            if (!tool.needText("type").equals("function")) throw tool.wrong("type", "only functions are supported");
            all.add(function(tool.object("function").orElse(tool), "parameters"));
        }
        if (all.isEmpty() || !f.has("tool_choice")) return new Tools(all, false);
        Optional<Fields> named = f.get("tool_choice").isObject() ? f.object("tool_choice") : Optional.empty();
        if (named.isPresent()) return new Tools(all, true).only(f, named.get().object("function").orElse(named.get()).needText("name"));
        return chosen(f, all, f.needText("tool_choice"));
    }

    /// Anthropic's.
    static Tools anthropic(Fields f) {
        var all = new ArrayList<Function>();
        for (Fields tool : f.objects("tools")) all.add(function(tool, "input_schema"));
        Optional<Fields> choice = f.object("tool_choice");
        if (all.isEmpty() || choice.isEmpty()) return new Tools(all, false);
        String type = choice.get().needText("type");
        if (type.equals("tool")) return new Tools(all, true).only(f, choice.get().needText("name"));
        return chosen(f, all, type.equals("any") ? "required" : type);
    }

    private static Function function(Fields f, String parameters) {
        JsonNode schema = f.object(parameters).<JsonNode>map(Fields::node)
                .orElseGet(() -> JsonNodeFactory.instance.objectNode().put("type", "object"));
        return new Function(f.needText("name"), f.text("description").orElse(""), schema);
    }

    private static Tools chosen(Fields f, List<Function> all, String choice) {
        return switch (choice) {
            case "none" -> NONE;
            case "auto" -> new Tools(all, false);
            case "required" -> new Tools(all, true);
            default -> throw f.wrong("tool_choice", "expected none, auto, required or a function");
        };
    }

    private Tools only(Fields f, String name) {
        List<Function> one = functions.stream().filter(function -> function.name.equals(name)).toList();
        if (one.isEmpty()) throw f.wrong("tool_choice", "names no function of tools");
        return new Tools(one, true);
    }

    boolean isEmpty() {
        return functions.isEmpty();
    }

    /// What the model is told.
    String text() {
        var text = new StringBuilder("You can call functions. To call one, answer with nothing but a JSON object "
                + "{\"name\": NAME, \"arguments\": OBJECT}. The functions, with the JSON schema of their arguments:");
        for (Function one : functions) {
            ObjectNode shown = JsonNodeFactory.instance.objectNode().put("name", one.name).put("description", one.description);
            shown.set("parameters", one.parameters);
            text.append('\n').append(shown);
        }
        return text.toString();
    }

    /// Of an answer that has to be a call; null if it need not.
    @Nullable Grammar grammar() {
        if (!must) return null;
        ArrayNode ways = JsonNodeFactory.instance.arrayNode();
        for (Function one : functions) {
            ObjectNode way = ways.addObject().put("type", "object");
            ObjectNode properties = way.putObject("properties");
            properties.putObject("name").put("const", one.name);
            properties.set("arguments", one.parameters);
            way.putArray("required").add("name").add("arguments");
        }
        try {
            return Grammar.ofSchema("tools", JsonNodeFactory.instance.objectNode().set("anyOf", ways));
        } catch (IllegalArgumentException e) {
            throw ApiError.wrong("tools", String.valueOf(e.getMessage()));
        }
    }

    /// Whether a text may still become a call, so that it is not shown yet.
    boolean mayBeCall(CharSequence text) {
        if (functions.isEmpty()) return false;
        String begun = text.toString().stripLeading();
        return begun.isEmpty() || begun.startsWith("{");
    }

    /// The call that an answer is; empty if it is none.
    Optional<Call> call(String answer) {
        if (functions.isEmpty()) return Optional.empty();
        try {
            JsonNode read = MAPPER.readTree(answer.strip());
            String name = read.path("name").asString("");
            boolean isKnown = functions.stream().anyMatch(function -> function.name.equals(name));
            return isKnown && read.path("arguments").isObject() ? Optional.of(new Call(name, read.get("arguments").toString())) : Optional.empty();
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }
}
