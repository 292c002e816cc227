package tern.runtime.cli.console;

import tern.runtime.tokenizer.Tokenizer;

/// Texts as a model's first tokens.
public final class Prompts {

    private Prompts() {}

    /// The tokens of a text, behind the one that begins every text where the model has such a token.
    public static int[] encode(Tokenizer tokenizer, String text) {
        int[] body = tokenizer.encode(text);
        if (tokenizer.bos().isEmpty()) return body;
        int[] input = new int[body.length + 1];
        input[0] = tokenizer.bos().getAsInt();
        System.arraycopy(body, 0, input, 1, body.length);
        return input;
    }
}
