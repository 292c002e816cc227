package tern.runtime.cli.option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tern.runtime.cli.console.Texts;
import tern.runtime.generate.TextStream;
import tern.runtime.grammar.Grammar;
import tern.runtime.tokenizer.Tokenizer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What a generated text may be, and what ends it, as options.
public final class TextOptions {

    @Option(names = "--stop", paramLabel = "S", description = "end where this text comes, which is not shown; may be given several times (default: none)")
    public List<String> stops = new ArrayList<>();

    @Option(names = "--grammar", paramLabel = "F.gbnf", description = "generate only what this grammar allows, in the notation of llama.cpp (default: none)")
    @Nullable
    Path grammar;

    @Option(names = "--json-schema", paramLabel = "F.json", description = "generate only JSON that this schema allows (default: none)")
    @Nullable
    Path schema;

    public TextStream stream(Tokenizer tokenizer) {
        return new TextStream(tokenizer, stops);
    }

    /// @throws IllegalArgumentException if an option is wrong, whatever the model
    public void check() {
        if (stops.stream().anyMatch(String::isEmpty)) throw new IllegalArgumentException("--stop must not be empty");
        if (grammar != null && schema != null) throw new IllegalArgumentException("give either --grammar or --json-schema");
    }

    /// The grammar or schema; null if there is none.
    ///
    /// @throws IllegalArgumentException if one is wrong
    public @Nullable Grammar read() throws IOException {
        if (grammar != null) return Grammar.ofGbnf(Texts.read(grammar));
        return schema == null ? null : Grammar.ofSchema(schema);
    }

    /// As members of a request to a server.
    public void write(ObjectNode request) throws IOException {
        if (!stops.isEmpty()) stops.forEach(request.putArray("stop")::add);
        if (grammar != null) request.put("grammar", Texts.read(grammar).text());
        if (schema == null) return;
        ObjectNode format = request.putObject("response_format").put("type", "json_schema");
        try {
            format.putObject("json_schema").put("name", "answer").put("strict", true)
                    .set("schema", JsonMapper.shared().readTree(Texts.read(schema).text()));
        } catch (JacksonException e) {
            throw new IllegalArgumentException("--json-schema %s: no JSON".formatted(schema), e);
        }
    }

    public boolean isConstrained() {
        return grammar != null || schema != null;
    }
}
