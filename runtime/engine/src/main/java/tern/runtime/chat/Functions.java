package tern.runtime.chat;

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

/// Functions that a model may call. The template in a model's files tells it of them; for one that does not, the system message does. A call is
/// an answer that is one JSON object with the function's name and arguments, perhaps between `<tool_call>` and `</tool_call>`. Where a call is
/// demanded, a grammar sees to it that it is one.
///
/// @param must whether the answer has to be a call
public record Functions(List<Function> all, boolean must) {

    public static final Functions NONE = new Functions(List.of(), false);

    private static final JsonMapper MAPPER = new JsonMapper();

    /// @param parameters JSON schema of the arguments
    public record Function(String name, String description, JsonNode parameters) {
        private ObjectNode described() {
            ObjectNode shown = JsonNodeFactory.instance.objectNode().put("name", name).put("description", description);
            shown.set("parameters", parameters);
            return shown;
        }
    }

    /// @param arguments a JSON object as text
    public record Call(String name, String arguments) {

        /// As it is written in an answer.
        @Override
        public String toString() {
            return "{\"name\": \"" + name + "\", \"arguments\": " + arguments + "}";
        }
    }

    public Functions {
        all = List.copyOf(all);
    }

    /// Turns in which functions are told of, called and answered in plain text.
    List<Turn> inWords(List<Turn> turns) {
        var told = new ArrayList<>(turns.stream().map(Turn::inWords).toList());
        if (all.isEmpty()) return told;
        boolean hasSystem = !told.isEmpty() && told.getFirst().message().role() == Message.Role.SYSTEM;
        String system = hasSystem ? told.removeFirst().message().text() + "\n\n" + text() : text();
        told.addFirst(Turn.said(Message.Role.SYSTEM, system));
        return told;
    }

    /// As OpenAI's `tools` has them, which templates expect.
    JsonNode described() {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (Function one : all) list.addObject().put("type", "function").set("function", one.described());
        return list;
    }

    public boolean isEmpty() {
        return all.isEmpty();
    }

    /// What the model is told.
    private String text() {
        var text = new StringBuilder("You can call functions. To call one, answer with nothing but a JSON object "
                + "{\"name\": NAME, \"arguments\": OBJECT}. The functions, with the JSON schema of their arguments:");
        for (Function one : all) {
            text.append('\n').append(one.described());
        }
        return text.toString();
    }

    /// Of an answer that has to be a call; null if it need not.
    ///
    /// @throws IllegalArgumentException if a schema is none that can be kept to
    public @Nullable Grammar grammar() {
        if (!must) return null;
        ArrayNode ways = JsonNodeFactory.instance.arrayNode();
        for (Function one : all) {
            ObjectNode way = ways.addObject().put("type", "object");
            ObjectNode properties = way.putObject("properties");
            properties.putObject("name").put("const", one.name);
            properties.set("arguments", one.parameters);
            way.putArray("required").add("name").add("arguments");
        }
        return Grammar.ofSchema("tools", JsonNodeFactory.instance.objectNode().set("anyOf", ways));
    }

    /// Whether a text may still become a call, so that it is not shown yet.
    public boolean mayBeCall(CharSequence text) {
        if (all.isEmpty()) return false;
        String begun = text.toString().stripLeading();
        return "<tool_call>".startsWith(begun) || begun.startsWith("{") || begun.startsWith("<tool_call>");
    }

    /// The call that an answer is; empty if it is none.
    public Optional<Call> call(String answer) {
        if (all.isEmpty()) return Optional.empty();
        try {
            JsonNode read = MAPPER.readTree(answer.strip().replaceFirst("^<tool_call>", "").replaceFirst("</tool_call>$", ""));
            String name = read.path("name").asString("");
            JsonNode arguments = read.path(read.has("arguments") ? "arguments" : "parameters"); // the latter is Llama's word
            boolean isKnown = all.stream().anyMatch(function -> function.name.equals(name));
            return isKnown && arguments.isObject() ? Optional.of(new Call(name, arguments.toString())) : Optional.empty();
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }
}
