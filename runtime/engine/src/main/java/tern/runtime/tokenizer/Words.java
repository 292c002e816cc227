package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.regex.Pattern.UNICODE_CHARACTER_CLASS;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Cuts a text into the words within which bytes merge, one step after the other. Each step cuts what the one before left; both what
/// it matches and what lies between are words.
///
/// Source: huggingface/tokenizers, `pre_tokenizers/{split, digits, punctuation, byte_level}`.
public final class Words {

    /// A cut.
    public sealed interface Step {

        /// By a pattern of those that [#PATTERNS] knows.
        record Split(String pattern) implements Step {}

        /// Numbers, one by one or in runs.
        record Digits(boolean individual) implements Step {}

        /// Punctuation, one by one or in runs.
        record Punctuation(boolean contiguous) implements Step {}

        /// The text in Unicode's normal form C, before it is cut.
        record Compose() implements Step {}

        /// GPT-2's words if `words`; then every byte becomes a character of [ByteAlphabet], and that is what later steps see. With
        /// them, a byte such as that of `¼` in the middle of a character is a number.
        record Bytes(boolean words) implements Step {}
    }

    /// As Llama 3's files write it. Source: meta-llama/llama3 `llama/tokenizer.py`.
    static final String LLAMA3_PATTERN = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
            + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    /// Llama 3's, but that every digit is a word. Source: `tokenizer.json` of Qwen/Qwen2-7B, as llama.cpp's `llama-vocab.cpp` has it for `qwen2`.
    static final String QWEN2_PATTERN = LLAMA3_PATTERN.replace("\\p{N}{1,3}", "\\p{N}");

    /// Source: openai/gpt-2 `encoder.py`.
    static final String GPT2_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    /// The patterns that files may ask for, and the same for Java. Quantifiers are possessive where nothing could be given back: the
    /// matches are the same, found faster.
    private static final Map<String, String> PATTERNS = Map.of(
            LLAMA3_PATTERN,
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+|\\ ?+[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s++",
            QWEN2_PATTERN,
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}|\\ ?+[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s++",
            GPT2_PATTERN, "'s|'t|'re|'ve|'m|'ll|'d|\\ ?+\\p{L}++|\\ ?+\\p{N}++|\\ ?+[^\\s\\p{L}\\p{N}]++|\\s+(?!\\S)|\\s++",
            "[0-9][0-9][0-9]", "[0-9][0-9][0-9]",
            "[0-9]", "[0-9]",
            "\\p{N}{1,3}", "\\p{N}{1,3}+",
            "\\p{N}", "\\p{N}");

    private static final String PUNCTUATION = "[\\p{P}$+<=>^`|~]";

    public static final Words LLAMA3 = new Words(new Step.Split(LLAMA3_PATTERN), new Step.Bytes(false));
    public static final Words QWEN2 = new Words(new Step.Split(QWEN2_PATTERN), new Step.Bytes(false));
    public static final Words GPT2 = new Words(new Step.Bytes(true));

    /// Source: `tokenizer.json` of tiiuae/falcon-7b, as quoted in llama.cpp's issue 3502.
    public static final Words FALCON =
            new Words(new Step.Punctuation(true), new Step.Bytes(true), new Step.Digits(false), new Step.Split("[0-9][0-9][0-9]"));

    /// Source: bitnet.cpp's `llama-vocab.cpp`, which gives these to Falcon3 and Falcon-E.
    public static final Words FALCON3 = new Words(new Step.Punctuation(true), new Step.Bytes(true), new Step.Split("[0-9]"));

    private final List<Step> steps;
    /// Cuts of the text, then cuts of the same in the byte alphabet. Compiled by the first text.
    private volatile List<List<Pattern>> cuts = List.of();

    private Words(Step... steps) {
        this(List.of(steps));
    }

    /// @throws IllegalArgumentException unless there is one [Step.Bytes], or if a pattern is not known
    public Words(List<Step> steps) {
        this.steps = List.copyOf(steps);
        if (steps.stream().filter(Step.Bytes.class::isInstance).count() != 1) throw new IllegalArgumentException("expected one ByteLevel step");
        for (Step step : steps)
            if (step instanceof Step.Split(var pattern) && !PATTERNS.containsKey(pattern))
                throw new IllegalArgumentException("the pattern '%s' is not supported".formatted(pattern));
    }

    /// The same cuts of composed text.
    Words composed() {
        var all = new ArrayList<Step>(List.of(new Step.Compose()));
        all.addAll(steps);
        return new Words(all);
    }

    public List<Step> steps() {
        return steps;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Words words && steps.equals(words.steps);
    }

    @Override
    public int hashCode() {
        return steps.hashCode();
    }

    @Override
    public String toString() {
        return steps.toString();
    }

    /// The UTF-8 bytes of every word, in order.
    ///
    /// @param given well-formed UTF-16
    void forEach(String given, Consumer<byte[]> word) {
        String text = steps.contains(new Step.Compose()) ? Normalizer.normalize(given, Normalizer.Form.NFC) : given;
        List<Pattern> ofText = cuts().get(0), ofBytes = cuts().get(1);
        if (ofBytes.isEmpty()) cut(ofText, 0, text, piece -> word.accept(piece.getBytes(UTF_8)));
        else
            cut(ofText, 0, text, piece -> cut(ofBytes, 0, ByteAlphabet.write(piece.getBytes(UTF_8)),
                    written -> word.accept(ByteAlphabet.read(written))));
    }

    private static void cut(List<Pattern> patterns, int step, String text, Consumer<String> piece) {
        if (text.isEmpty()) return;
        if (step == patterns.size()) {
            piece.accept(text);
            return;
        }
        Matcher matcher = patterns.get(step).matcher(text);
        int done = 0;
        while (matcher.find()) {
            if (matcher.start() > done) cut(patterns, step + 1, text.substring(done, matcher.start()), piece);
            done = matcher.end();
            cut(patterns, step + 1, matcher.group(), piece);
        }
        cut(patterns, step + 1, text.substring(done), piece);
    }

    /// The pattern that a step of the text is, if it is one alone: what a library that cuts by itself needs.
    ///
    /// @throws IllegalArgumentException if it is more than one
    Pattern only() {
        if (cuts().get(0).size() != 1 || !cuts().get(1).isEmpty()) throw new IllegalArgumentException("words are cut in several steps");
        return cuts().get(0).getFirst();
    }

    private List<List<Pattern>> cuts() {
        if (cuts.isEmpty()) {
            var ofText = new ArrayList<Pattern>();
            var ofBytes = new ArrayList<Pattern>();
            List<Pattern> into = ofText;
            for (Step step : steps)
                switch (step) {
                case Step.Compose() -> {}
                case Step.Split(var pattern) -> into.add(compile(PATTERNS.getOrDefault(pattern, pattern)));
                case Step.Digits(var individual) -> into.add(compile(individual ? "\\p{N}" : "\\p{N}++"));
                case Step.Punctuation(var contiguous) -> into.add(compile(PUNCTUATION + (contiguous ? "++" : "")));
                case Step.Bytes(var words) -> {
                    if (words) into.add(compile(PATTERNS.getOrDefault(GPT2_PATTERN, GPT2_PATTERN)));
                    into = ofBytes;
                }
                }
            cuts = List.of(ofText, ofBytes);
        }
        return cuts;
    }

    private static Pattern compile(String pattern) {
        return Pattern.compile(pattern, UNICODE_CHARACTER_CLASS);
    }
}
