package tern.runtime.synth;

import java.util.ArrayList;
import java.util.List;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.gguf.Value;
import tern.runtime.tokenizer.ByteAlphabet;
import tern.runtime.tokenizer.Llama3;

/// Tokens for a random model: the 256 bytes, words that nobody speaks, specials.
///
/// No token but the bytes is made by merging, so a text becomes its bytes. What the model says is made of words.
///
/// @param size     of the vocabulary
/// @param specials names of the last tokens, in the order of their ids
/// @param bos,eos  ids
record SyntheticVocabulary(int size, List<String> specials, int bos, int eos) {

    private static final int BYTES = 256;
    private static final String CONSONANTS = "bdfghjklmnprstvz", VOWELS = "aeiou";

    /// llama.cpp's `llama_token_type`.
    private static final int ORDINARY = 1, CONTROL = 3;

    /// The chat template of the 2B4T report, 3.2.2, joined without line breaks as in the Hugging Face template.
    private static final String CHAT_TEMPLATE = "{% for message in messages %}{% if loop.first %}{{ bos_token }}{% endif %}"
            + "{{ message['role'] | capitalize + ': ' + message['content'] | trim + '<|eot_id|>' }}{% endfor %}"
            + "{% if add_generation_prompt %}{{ 'Assistant: ' }}{% endif %}";

    /// Llama 3's specials after 128000 words where there is room for them; else `<t256>` and so on after the bytes, the last two of
    /// which begin and end a text.
    ///
    /// @throws IllegalArgumentException if the bytes and two more do not fit
    static SyntheticVocabulary of(int size) {
        int ordinary = size - Llama3.SPECIALS.size();
        if (ordinary >= 128000) return new SyntheticVocabulary(size, Llama3.SPECIALS, ordinary, ordinary + 1);
        if (size < BYTES + 2)
            throw new IllegalArgumentException("a vocabulary of %d has no room for %d bytes and 2 specials".formatted(size, BYTES));
        var specials = new ArrayList<String>();
        for (int id = BYTES; id < size; id++) specials.add("<t%d>".formatted(id));
        return new SyntheticVocabulary(size, specials, size - 2, size - 1);
    }

    /// By id, in GPT-2's byte alphabet.
    List<String> tokens() {
        var tokens = new ArrayList<String>(size);
        for (int b = 0; b < BYTES; b++) tokens.add(ByteAlphabet.write(new byte[] {(byte) b}));
        String space = ByteAlphabet.write(new byte[] {' '});
        for (int word = 0; tokens.size() < size - specials.size(); word++) tokens.add(space + word(word));
        tokens.addAll(specials);
        return tokens;
    }

    /// `number` to the base of all syllables, three of them at least.
    private static String word(int number) {
        var word = new StringBuilder();
        for (int rest = number; word.length() < 6 || rest > 0; rest /= CONSONANTS.length() * VOWELS.length()) {
            word.append(CONSONANTS.charAt(rest % CONSONANTS.length()));
            word.append(VOWELS.charAt(rest / CONSONANTS.length() % VOWELS.length()));
        }
        return word.toString();
    }

    private int[] types() {
        int[] types = new int[size];
        for (int id = 0; id < size; id++) types[id] = id < size - specials.size() ? ORDINARY : CONTROL;
        return types;
    }

    void putTo(GgufWriter file) {
        file.put("tokenizer.ggml.model", Value.text("gpt2"))
                .put("tokenizer.ggml.tokens", Value.texts(tokens()))
                .put("tokenizer.ggml.scores", Value.f32s(new float[size]))
                .put("tokenizer.ggml.token_type", Value.i32s(types()))
                // One that applies to no text: llama.cpp wants the key, and some of its versions refuse empty arrays.
                .put("tokenizer.ggml.merges", Value.texts(List.of("a b")))
                .put("tokenizer.ggml.bos_token_id", Value.u32(bos))
                .put("tokenizer.ggml.eos_token_id", Value.u32(eos))
                .put("tokenizer.ggml.padding_token_id", Value.u32(eos))
                .put("tokenizer.ggml.add_bos_token", Value.bool(true));
        if (specials.equals(Llama3.SPECIALS)) file.put("tokenizer.chat_template", Value.text(CHAT_TEMPLATE));
    }
}
