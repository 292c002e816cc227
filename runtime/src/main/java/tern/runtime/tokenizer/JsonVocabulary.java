package tern.runtime.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tern.runtime.ModelException;
import tern.runtime.json.JsonTree;
import tern.runtime.tokenizer.WrittenVocabulary.Type;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A vocabulary in `tokenizer.json`, of the kind that Llama 3 has: BPE over bytes, words cut by its pattern, nothing normalised.
///
/// Source: huggingface/tokenizers, `models/bpe`, `pre_tokenizers/{split, byte_level}`; the file of meta-llama/Meta-Llama-3-8B.
final class JsonVocabulary {

    static final String FILE = "tokenizer.json";

    /// Llama 3's file has 9 MB.
    private static final long LONGEST = 1 << 27, LONGEST_CONFIG = 1 << 22;

    /// [Llama3#WORDS] as the file writes it.
    private static final String WORDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
            + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    private JsonVocabulary() {}

    /// @param size rows of the embedding: no id reaches it, and ids without a token are unused
    static WrittenVocabulary read(Path folder, int size) throws IOException {
        JsonTree json = JsonTree.read(folder.resolve(FILE), LONGEST), model = json.object("model");
        requireLlama3(json, model);
        var tokens = new ArrayList<String>(Collections.nCopies(size, ""));
        var types = new ArrayList<Type>(Collections.nCopies(size, Type.UNUSED));
        JsonTree vocabulary = model.object("vocab");
        for (String text : vocabulary.keys()) put(vocabulary, text, vocabulary.count(text), Type.ORDINARY, tokens, types);
        if (json.has("added_tokens"))
            for (JsonTree added : json.list("added_tokens")) {
                String text = added.text("content");
                int id = added.count("id");
                boolean again = id < size && tokens.get(id).equals(text); // some files list them in the vocabulary too
                if (again) types.set(id, Type.UNUSED);
                put(added, text, id, added.bool("special", false) ? Type.CONTROL : Type.USER_DEFINED, tokens, types);
            }
        List<String> merges = model.list("merges").stream().map(JsonTree::asPair).toList();
        Ends ends = Ends.of(folder);
        return new WrittenVocabulary(json.file(), tokens, types, Optional.of(merges), ends.bos, ends.eos, ends.stops, template(folder));
    }

    private static void put(JsonTree at, String text, int id, Type type, List<String> tokens, List<Type> types) {
        if (id >= tokens.size())
            throw new ModelException(at.file(), "token " + id, "found this id, expected less than the %d rows of the embedding".formatted(tokens.size()));
        if (types.get(id) != Type.UNUSED) throw new ModelException(at.file(), "token " + id, "found two tokens of this id");
        tokens.set(id, text);
        types.set(id, type);
    }

    private static void requireLlama3(JsonTree json, JsonTree model) {
        require(model, "type", model.text("type", "BPE"), "BPE");
        for (String key : List.of("byte_fallback", "fuse_unk"))
            if (model.bool(key, false)) throw model.wrong(key, "is not supported: the vocabulary is not byte-level as Llama 3's is");
        if (json.has("normalizer")) throw json.wrong("normalizer", "found one, expected null");
        JsonTree words = json.object("pre_tokenizer");
        require(words, "type", words.text("type"), "Sequence");
        List<JsonTree> steps = words.list("pretokenizers");
        if (steps.size() != 2) throw words.wrong("pretokenizers", "found %d steps, expected Split and ByteLevel".formatted(steps.size()));
        JsonTree split = steps.get(0), bytes = steps.get(1);
        require(split, "type", split.text("type"), "Split");
        require(split.object("pattern"), "Regex", split.object("pattern").text("Regex"), WORDS);
        require(split, "behavior", split.text("behavior", "Isolated"), "Isolated");
        require(bytes, "type", bytes.text("type"), "ByteLevel");
        for (String key : List.of("use_regex", "add_prefix_space"))
            if (bytes.bool(key, false)) throw bytes.wrong(key, "found true, expected false");
    }

    private static void require(JsonTree at, String key, String found, String expected) {
        if (!found.equals(expected)) throw at.wrong(key, "found '%s', expected '%s': not the tokenizer of Llama 3".formatted(found, expected));
    }

    /// Ids that begin and end a text. What is said of generation goes before what is said of the model.
    private record Ends(OptionalInt bos, OptionalInt eos, Set<Integer> stops) {
        static Ends of(Path folder) throws IOException {
            var bos = new LinkedHashSet<Integer>();
            var eos = new LinkedHashSet<Integer>();
            for (String name : List.of("generation_config.json", "config.json")) {
                Path file = folder.resolve(name);
                if (!Files.isRegularFile(file)) continue;
                JsonTree json = JsonTree.read(file, LONGEST_CONFIG);
                bos.addAll(json.ids("bos_token_id"));
                eos.addAll(json.ids("eos_token_id"));
            }
            return new Ends(first(bos), first(eos), eos);
        }

        private static OptionalInt first(Set<Integer> ids) {
            return ids.isEmpty() ? OptionalInt.empty() : OptionalInt.of(ids.iterator().next());
        }
    }

    /// A list of several templates is left alone.
    private static Optional<String> template(Path folder) throws IOException {
        Path file = folder.resolve("tokenizer_config.json");
        if (!Files.isRegularFile(file)) return Optional.empty();
        JsonTree json = JsonTree.read(file, LONGEST_CONFIG);
        return json.node().path("chat_template").isString() ? Optional.of(json.text("chat_template")) : Optional.empty();
    }

    /// @param vocabulary with merges
    static String write(WrittenVocabulary vocabulary) {
        JsonMapper mapper = JsonMapper.shared();
        ObjectNode root = mapper.createObjectNode().put("version", "1.0");
        root.putNull("truncation").putNull("padding");
        ArrayNode added = root.putArray("added_tokens");
        ObjectNode words = mapper.createObjectNode();
        for (int id = 0; id < vocabulary.tokens().size(); id++) {
            Type type = vocabulary.types().get(id);
            String text = vocabulary.tokens().get(id);
            switch (type) {
                case ORDINARY -> words.put(text, id);
                case CONTROL, USER_DEFINED -> added.addObject().put("id", id).put("content", text).put("single_word", false).put("lstrip", false)
                        .put("rstrip", false).put("normalized", false).put("special", type == Type.CONTROL);
                case UNKNOWN, UNUSED, UNDEFINED -> {}
            }
        }
        root.putNull("normalizer");
        ArrayNode steps = root.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
        ObjectNode split = steps.addObject().put("type", "Split");
        split.putObject("pattern").put("Regex", WORDS);
        split.put("behavior", "Isolated").put("invert", false);
        byteLevel(steps.addObject(), false);
        byteLevel(root.putObject("post_processor"), true);
        byteLevel(root.putObject("decoder"), true);
        ObjectNode model = root.putObject("model").put("type", "BPE").putNull("dropout").putNull("unk_token")
                .putNull("continuing_subword_prefix").putNull("end_of_word_suffix")
                .put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", true);
        model.set("vocab", words);
        ArrayNode merges = model.putArray("merges");
        vocabulary.merges().orElse(List.of()).forEach(merges::add);
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    }

    private static void byteLevel(ObjectNode node, boolean useRegex) {
        node.put("type", "ByteLevel").put("add_prefix_space", false).put("trim_offsets", true).put("use_regex", useRegex);
    }
}
