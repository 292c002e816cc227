package tern.runtime.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tern.runtime.json.JsonTree;
import tern.runtime.tokenizer.Words.Step;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// How a `tokenizer.json` says that its tokens are to be read: `normalizer`, `pre_tokenizer`, `decoder`, and some keys of `model`.
///
/// Source: huggingface/tokenizers, `models/bpe`, `normalizers/{prepend, replace}`, `pre_tokenizers/{split, digits, punctuation,
/// byte_level, metaspace}`.
final class JsonScheme {

    private static final String MARK = String.valueOf(SpaceMark.MARK);

    private JsonScheme() {}

    /// @throws tern.runtime.ModelException if it is none that Tern has
    static Scheme read(JsonTree json, JsonTree model) {
        require(model, "type", model.text("type", "BPE"), "BPE");
        for (String key : List.of("continuing_subword_prefix", "end_of_word_suffix"))
            if (!model.text(key, "").isEmpty()) throw model.wrong(key, "is not supported");
        if (model.bool("byte_fallback", false)) return new Scheme.SentencePiece(spaceFirst(json));
        if (model.bool("fuse_unk", false)) throw model.wrong("fuse_unk", "is not supported: the vocabulary is neither of bytes nor has it a token for each");
        boolean composes = json.has("normalizer");
        if (composes) require(json.object("normalizer"), "type", json.object("normalizer").text("type"), "NFC");
        return new Scheme.ByteLevel(composes ? words(json).composed() : words(json), model.bool("ignore_merges", false));
    }

    private static Words words(JsonTree json) {
        var steps = new ArrayList<Step>();
        for (JsonTree step : sequence(json, "pre_tokenizer", "pretokenizers")) steps.add(step(step));
        try {
            return new Words(steps);
        } catch (IllegalArgumentException e) {
            throw json.wrong("pre_tokenizer", String.valueOf(e.getMessage()));
        }
    }

    /// The parts of a sequence, or the one that is none.
    private static List<JsonTree> sequence(JsonTree json, String key, String parts) {
        JsonTree all = json.object(key);
        return all.text("type").equals("Sequence") ? all.list(parts) : List.of(all);
    }

    private static Step step(JsonTree step) {
        return switch (step.text("type")) {
            case "Split" -> {
                require(step, "behavior", step.text("behavior", "Isolated"), "Isolated");
                if (step.bool("invert", false)) throw step.wrong("invert", "found true, expected false");
                yield new Step.Split(step.object("pattern").text("Regex"));
            }
            case "Digits" -> new Step.Digits(step.bool("individual_digits", false));
            case "Punctuation" -> {
                String behavior = step.text("behavior", "Isolated");
                if (!behavior.equals("Contiguous")) require(step, "behavior", behavior, "Isolated");
                yield new Step.Punctuation(behavior.equals("Contiguous"));
            }
            case "ByteLevel" -> {
                if (step.bool("add_prefix_space", true)) throw step.wrong("add_prefix_space", "found true, expected false");
                yield new Step.Bytes(step.bool("use_regex", true));
            }
            default -> throw step.wrong("type", "found '%s', expected Split, Digits, Punctuation or ByteLevel".formatted(step.text("type")));
        };
    }

    private static boolean spaceFirst(JsonTree json) {
        if (!json.has("normalizer")) return metaspace(json.object("pre_tokenizer"));
        if (json.has("pre_tokenizer")) requireNothing(json.object("pre_tokenizer"));
        boolean prepends = false, replaces = false;
        for (JsonTree step : sequence(json, "normalizer", "normalizers")) {
            if (replaces) throw step.wrong("type", "found a step after the replacement of spaces");
            switch (step.text("type")) {
                case "Prepend" -> {
                    require(step, "prepend", step.text("prepend"), MARK);
                    prepends = true;
                }
                case "Replace" -> {
                    require(step.object("pattern"), "String", step.object("pattern").text("String"), " ");
                    require(step, "content", step.text("content"), MARK);
                    replaces = true;
                }
                default -> throw step.wrong("type", "found '%s', expected Prepend or Replace".formatted(step.text("type")));
            }
        }
        if (!replaces) throw json.wrong("normalizer", "found no replacement of spaces by " + MARK);
        return prepends;
    }

    /// Gemma's files cut at spaces, of which the normalizer has left none.
    private static void requireNothing(JsonTree step) {
        require(step, "type", step.text("type"), "Split");
        require(step.object("pattern"), "String", step.object("pattern").text("String", "a regular expression"), " ");
    }

    private static boolean metaspace(JsonTree step) {
        require(step, "type", step.text("type"), "Metaspace");
        require(step, "replacement", step.text("replacement"), MARK);
        if (step.bool("split", true)) throw step.wrong("split", "found true, expected false");
        String scheme = step.text("prepend_scheme", "always");
        if (!scheme.equals("never")) require(step, "prepend_scheme", scheme, "always");
        return scheme.equals("always");
    }

    private static void require(JsonTree at, String key, String found, String expected) {
        if (!found.equals(expected)) throw at.wrong(key, "found '%s', expected '%s'".formatted(found, expected));
    }

    /// What stands before `model`.
    static void write(Scheme scheme, ObjectNode root) {
        switch (scheme) {
            case Scheme.ByteLevel(var words, _) -> {
                if (words.steps().contains(new Step.Compose())) root.putObject("normalizer").put("type", "NFC");
                else root.putNull("normalizer");
                ArrayNode steps = root.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
                for (Step step : words.steps()) if (!(step instanceof Step.Compose)) write(step, steps.addObject());
                byteLevel(root.putObject("post_processor"), true);
                byteLevel(root.putObject("decoder"), true);
            }
            case Scheme.SentencePiece(var spaceFirst) -> {
                ArrayNode steps = root.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
                if (spaceFirst) steps.addObject().put("type", "Prepend").put("prepend", MARK);
                replace(steps.addObject(), " ", MARK);
                root.putNull("pre_tokenizer").putNull("post_processor");
                ArrayNode back = root.putObject("decoder").put("type", "Sequence").putArray("decoders");
                replace(back.addObject(), MARK, " ");
                back.addObject().put("type", "ByteFallback");
                back.addObject().put("type", "Fuse");
                if (spaceFirst) back.addObject().put("type", "Strip").put("content", " ").put("start", 1).put("stop", 0);
            }
        }
    }

    private static void write(Step step, ObjectNode into) {
        switch (step) {
            case Step.Split(var pattern) -> {
                into.put("type", "Split").putObject("pattern").put("Regex", pattern);
                into.put("behavior", "Isolated").put("invert", false);
            }
            case Step.Digits(var individual) -> into.put("type", "Digits").put("individual_digits", individual);
            case Step.Punctuation(var contiguous) -> into.put("type", "Punctuation").put("behavior", contiguous ? "Contiguous" : "Isolated");
            case Step.Bytes(var words) -> byteLevel(into, words);
            case Step.Compose() -> throw new IllegalArgumentException("a normalizer is no cut");
        }
    }

    private static void replace(ObjectNode step, String what, String by) {
        step.put("type", "Replace").putObject("pattern").put("String", what);
        step.put("content", by);
    }

    private static void byteLevel(ObjectNode node, boolean words) {
        node.put("type", "ByteLevel").put("add_prefix_space", false).put("trim_offsets", true).put("use_regex", words);
    }

    /// What `model` says in addition to its tokens and merges.
    ///
    /// @param unknown name of the token for what has none
    static void write(Scheme scheme, Optional<String> unknown, ObjectNode model) {
        boolean bytes = scheme instanceof Scheme.SentencePiece;
        model.put("type", "BPE").putNull("dropout");
        if (unknown.isPresent()) model.put("unk_token", unknown.get());
        else model.putNull("unk_token");
        model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix").put("fuse_unk", bytes).put("byte_fallback", bytes)
                .put("ignore_merges", scheme instanceof Scheme.ByteLevel(_, var whole) && whole);
    }
}
