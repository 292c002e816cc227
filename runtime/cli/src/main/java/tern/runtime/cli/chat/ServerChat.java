package tern.runtime.cli.chat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Model.OptionSpec;
import tern.runtime.cli.option.KeyFile;
import tern.runtime.sample.Sampling;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// `tern chat --url`: the options become a request.
final class ServerChat {

    /// What a server hears of; the rest is for a model that is loaded here.
    private static final Set<String> HEARD = Set.of(
            "--url", "--api-key-file", "--model", "--system", "--tokens", "--template-values", "--temperature", "--top-k", "--top-p", "--min-p",
            "--repeat-penalty", "--repeat-last", "--seed", "--stop", "--grammar", "--json-schema", "--cache");

    private static final String KEY = "TERN_API_KEY";

    private final ChatCommand command;
    private final String url;

    ServerChat(ChatCommand command, String url) {
        this.command = command;
        this.url = url;
    }

    /// @return whether all went well
    boolean run(Sampling sampling) throws IOException {
        for (OptionSpec given : command.spec.commandLine().getParseResult().matchedOptions())
            if (!HEARD.contains(given.longestName())) throw new IllegalArgumentException(given.longestName() + " does not go with --url");
        try (var server = new ServerClient(url, key())) {
            if (server.showsKey()) command.spec.commandLine().getErr().println("tern chat: the key goes unencrypted to " + server.base());
            String model = command.model == null ? server.model() : command.model.toString();
            var partner = new ServerPartner(server, request(model, sampling));
            partner.system(command.system);
            return command.talk(partner, model + " at " + server.base());
        }
    }

    private Optional<String> key() throws IOException {
        Path file = command.keyFile;
        return file == null ? Optional.ofNullable(System.getenv(KEY)).filter(key -> !key.isBlank()) : Optional.of(KeyFile.read(file));
    }

    /// What not every server knows is said only if it is asked for.
    private ObjectNode request(String model, Sampling sampling) throws IOException {
        ObjectNode request = JsonMapper.shared().createObjectNode().put("model", model).put("max_tokens", command.tokens)
                .put("temperature", sampling.temperature()).put("top_p", sampling.topP()).put("seed", sampling.seed());
        if (sampling.topK() > 0) request.put("top_k", sampling.topK());
        if (sampling.minP() > 0) request.put("min_p", sampling.minP());
        if (!sampling.penalty().isNone())
            request.put("repeat_penalty", sampling.penalty().factor()).put("repeat_last_n", sampling.penalty().last());
        command.text.write(request);
        command.template.write(request);
        return request;
    }
}
