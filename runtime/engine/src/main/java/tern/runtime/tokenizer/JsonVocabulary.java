package tern.runtime.tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import tern.runtime.ModelException;
import tern.runtime.json.JsonTree;
import tern.runtime.tokenizer.WrittenVocabulary.Type;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A vocabulary in `tokenizer.json`; how it is to be read is [JsonScheme]'s.
///
/// Source: huggingface/tokenizers, `models/bpe`, `tokenizer/added_vocabulary`; the file of meta-llama/Meta-Llama-3-8B.
final class JsonVocabulary {

    static final String FILE = "tokenizer.json";

    /// Llama 3's file has 9 MB.
    private static final long LONGEST = 1 << 27;

    private JsonVocabulary() {}

    /// More ids than any embedding has rows.
    private static final int MOST = 1 << 22;

    /// @param size rows of the embedding: as many tokens at least, and ids without a token are unused
    static WrittenVocabulary read(Path folder, int size) throws IOException {
        JsonTree json = JsonTree.read(folder.resolve(FILE), LONGEST), model = json.object("model");
        Scheme scheme = JsonScheme.read(json, model);
        var tokens = new ArrayList<String>(Collections.nCopies(size, ""));
        var types = new ArrayList<Type>(Collections.nCopies(size, Type.UNUSED));
        JsonTree vocabulary = model.object("vocab");
        for (String text : vocabulary.keys()) put(vocabulary, text, vocabulary.count(text), ordinary(scheme, text), tokens, types);
        // With bytes for tokens nothing is unknown, and the name may be another role's.
        String unknown = scheme instanceof Scheme.SentencePiece ? model.text("unk_token", "") : "";
        if (json.has("added_tokens")) for (JsonTree added : json.list("added_tokens")) put(added, unknown, tokens, types);
        List<String> merges = model.list("merges").stream().map(JsonTree::asPair).toList();
        HubFiles files = HubFiles.of(folder);
        OptionalInt last = last(json, tokens);
        return new WrittenVocabulary(json.file(), scheme, tokens, types, Optional.of(merges), Optional.empty(), files.bos(),
                last.isPresent() ? last : files.eos(), files.stops(), files.template());
    }

    /// The token that is put after every text: that of embedding models need not be the one that ends an answer.
    private static OptionalInt last(JsonTree json, List<String> tokens) {
        if (!json.has("post_processor")) return OptionalInt.empty();
        JsonTree processor = json.object("post_processor");
        List<JsonTree> steps = processor.text("type", "").equals("Sequence") ? processor.list("processors") : List.of(processor);
        for (JsonTree step : steps) {
            if (!step.text("type", "").equals("TemplateProcessing") || step.list("single").isEmpty()) continue;
            Optional<JsonTree> special = step.list("single").getLast().find("SpecialToken");
            if (special.isPresent() && tokens.contains(special.get().text("id"))) return OptionalInt.of(tokens.indexOf(special.get().text("id")));
        }
        return OptionalInt.empty();
    }

    private static Type ordinary(Scheme scheme, String text) {
        return scheme instanceof Scheme.SentencePiece && text.startsWith("<0x") && text.matches("<0x[0-9A-Fa-f]{2}>") ? Type.BYTE : Type.ORDINARY;
    }

    private static void put(JsonTree added, String unknown, List<String> tokens, List<Type> types) {
        String text = added.text("content");
        int id = added.count("id");
        for (String key : List.of("single_word", "lstrip", "rstrip"))
            if (added.bool(key, false)) throw added.wrong(key, "found true, expected false");
        boolean again = id < tokens.size() && tokens.get(id).equals(text); // some files list them in the vocabulary too
        if (again) types.set(id, Type.UNUSED);
        Type type = text.equals(unknown) ? Type.UNKNOWN : added.bool("special", false) ? Type.CONTROL : Type.USER_DEFINED;
        put(added, text, id, type, tokens, types);
    }

    private static void put(JsonTree at, String text, int id, Type type, List<String> tokens, List<Type> types) {
        if (id >= MOST) throw new ModelException(at.file(), "token " + id, "found this id, expected less than " + MOST);
        while (tokens.size() <= id) {
            tokens.add("");
            types.add(Type.UNUSED);
        }
        if (types.get(id) != Type.UNUSED) throw new ModelException(at.file(), "token " + id, "found two tokens of this id");
        tokens.set(id, text);
        types.set(id, type);
    }

    /// @param vocabulary with merges or scores
    static String write(WrittenVocabulary vocabulary) {
        JsonMapper mapper = JsonMapper.shared();
        ObjectNode root = mapper.createObjectNode().put("version", "1.0");
        root.putNull("truncation").putNull("padding");
        ArrayNode added = root.putArray("added_tokens");
        ObjectNode words = mapper.createObjectNode();
        Optional<String> unknown = Optional.empty();
        for (int id = 0; id < vocabulary.tokens().size(); id++) {
            Type type = vocabulary.types().get(id);
            String text = vocabulary.tokens().get(id);
            switch (type) {
                case ORDINARY, BYTE -> words.put(text, id);
                case CONTROL, USER_DEFINED -> added(added, id, text, type == Type.CONTROL);
                case UNKNOWN -> {
                    words.put(text, id);
                    added(added, id, text, true);
                    unknown = Optional.of(text);
                }
                case UNUSED, UNDEFINED -> {}
            }
        }
        JsonScheme.write(vocabulary.scheme(), root);
        ObjectNode model = root.putObject("model");
        JsonScheme.write(vocabulary.scheme(), unknown, model);
        model.set("vocab", words);
        ArrayNode merges = model.putArray("merges");
        merges(vocabulary).forEach(merges::add);
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    }

    private static List<String> merges(WrittenVocabulary vocabulary) {
        if (vocabulary.merges().isPresent()) return vocabulary.merges().get();
        return vocabulary.scores().map(scores -> MergeScores.merges(vocabulary, scores)).orElse(List.of());
    }

    private static void added(ArrayNode added, int id, String text, boolean special) {
        added.addObject().put("id", id).put("content", text).put("single_word", false).put("lstrip", false).put("rstrip", false)
                .put("normalized", false).put("special", special);
    }
}
