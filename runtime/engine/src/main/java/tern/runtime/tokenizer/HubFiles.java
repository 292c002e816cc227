package tern.runtime.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tern.runtime.json.JsonTree;
import tern.runtime.tokenizer.WrittenVocabulary.Type;

/// What a Hugging Face checkpoint has in addition to tokens: ids that begin and end a text, of which those for generation go before
/// those of the model, and the chat template.
///
/// @param bos   begins every text; none where `add_bos_token` is false, or where it is the end of a text too and nothing says that it is
///              put before one
/// @param stops all that end a text
record HubFiles(OptionalInt bos, OptionalInt eos, Set<Integer> stops, Optional<String> template) {

    private static final long LONGEST = 1 << 22;

    static HubFiles of(Path folder) throws IOException {
        var bos = new LinkedHashSet<Integer>();
        var eos = new LinkedHashSet<Integer>();
        for (String name : List.of("generation_config.json", "config.json")) {
            Optional<JsonTree> json = read(folder.resolve(name));
            if (json.isEmpty()) continue;
            bos.addAll(json.get().ids("bos_token_id"));
            eos.addAll(json.get().ids("eos_token_id"));
        }
        Optional<JsonTree> tokenizer = read(folder.resolve("tokenizer_config.json"));
        // A list of several templates is left alone.
        Optional<String> template = tokenizer.filter(json -> json.node().path("chat_template").isString()).map(json -> json.text("chat_template"));
        OptionalInt first = first(bos);
        boolean otherThanEnd = first.isPresent() && !first.equals(first(eos));
        boolean put = tokenizer.isPresent() ? tokenizer.get().bool("add_bos_token", otherThanEnd) : otherThanEnd;
        return new HubFiles(put ? first : OptionalInt.empty(), first(eos), eos, template);
    }

    private static Optional<JsonTree> read(Path file) throws IOException {
        return Files.isRegularFile(file) ? Optional.of(JsonTree.read(file, LONGEST)) : Optional.empty();
    }

    private static OptionalInt first(Set<Integer> ids) {
        return ids.isEmpty() ? OptionalInt.empty() : OptionalInt.of(ids.iterator().next());
    }

    /// The vocabulary with what is said here, where anything is, and with unused tokens for the rows of the embedding after its last.
    WrittenVocabulary completing(WrittenVocabulary vocabulary, int size) {
        var tokens = new ArrayList<>(vocabulary.tokens());
        var types = new ArrayList<>(vocabulary.types());
        var scores = new ArrayList<>(vocabulary.scores().orElse(List.of()));
        while (tokens.size() < size) {
            tokens.add("");
            types.add(Type.UNUSED);
            if (vocabulary.scores().isPresent()) scores.add(0f);
        }
        return new WrittenVocabulary(
                vocabulary.file(),
                vocabulary.scheme(),
                tokens,
                types,
                vocabulary.merges(),
                vocabulary.scores().isPresent() ? Optional.of(scores) : Optional.empty(),
                bos.isPresent() ? bos : vocabulary.bos(),
                eos.isPresent() ? eos : vocabulary.eos(),
                stops,
                template);
    }
}
