package tern.runtime.cli.option;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tern.runtime.chat.ChatFormat;
import tern.runtime.chat.ChatTemplate;
import tern.runtime.cli.console.Choices;
import tern.runtime.model.ModelSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// How turns are written.
public final class TemplateOptions {

    @Option(
            names = "--template",
            paramLabel = "NAME",
            description = "how turns are written: bitnet, llama3, falcon3, chatml or none (default: the template in the model's files is run)")
    @Nullable
    String name;

    @Option(
            names = "--template-values",
            paramLabel = "JSON",
            description = "an object with names that the model's template sees, e.g. '{\"enable_thinking\": false}' (default: {})")
    String values = "{}";

    /// @throws IllegalArgumentException if they mean nothing
    public void check() {
        if (name != null) {
            Choices.of("--template", name, ChatTemplate.byName());
            if (!read().isEmpty())
                throw new IllegalArgumentException("--template-values: only the template in the model's files takes values, not --template " + name);
        }
        read();
    }

    /// That of a model.
    ///
    /// @param err hears of a template in its files that is not used
    public ChatFormat format(ModelSource source, PrintWriter err) throws IOException {
        check();
        if (name != null) return ChatFormat.of(Choices.of("--template", name, ChatTemplate.byName()), source.tokenizer());
        ChatFormat format = ChatFormat.of(source, read());
        if (source.chatTemplate().filter(ChatTemplate::isMadeUp).isPresent()) {
            err.printf("tern: the chat template in %s is the converter's, which the model was not trained on; %s is used%n", source.name(), format.label());
            err.flush();
        }
        return format;
    }

    /// As members of a request to a server.
    public void write(ObjectNode request) {
        Map<String, JsonNode> given = read();
        if (!given.isEmpty()) request.putObject("chat_template_kwargs").setAll(given);
    }

    private Map<String, JsonNode> read() {
        try {
            JsonNode read = JsonMapper.shared().readTree(values);
            if (!read.isObject()) throw new IllegalArgumentException("--template-values: found no JSON object");
            var all = new LinkedHashMap<String, JsonNode>();
            read.forEachEntry(all::put);
            return all;
        } catch (JacksonException e) {
            throw new IllegalArgumentException("--template-values: found no JSON object", e);
        }
    }
}
