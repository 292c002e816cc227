package tern.runtime.tokenizer;

/// How a text becomes the symbols that are merged, and how a vocabulary writes its tokens.
public sealed interface Scheme {

    /// Words are cut, and bytes merge within a word; tokens are written in GPT-2's byte alphabet. GPT-2, Llama 3, Falcon.
    ///
    /// @param wholeWords true if a word that is a token is that token, whatever the merges say; `ignore_merges` of Hugging Face and of
    ///                   llama.cpp
    record ByteLevel(Words words, boolean wholeWords) implements Scheme {
        public static final ByteLevel LLAMA3 = new ByteLevel(Words.LLAMA3, true);
    }

    /// Characters merge within the whole text; a space is written `▁`, and a character without a token becomes its bytes, `<0x0A>`.
    /// Llama 1 and 2, and so bitnet_b1_58-large and 3B.
    ///
    /// @param spaceFirst true if a text gets a space before it
    record SentencePiece(boolean spaceFirst) implements Scheme {}

    /// From a token as a vocabulary writes it to the bytes of text that it stands for, UTF-8 to UTF-8.
    ///
    /// @return the place after the last byte written, never further than the text is long; or -1 if it stands for none
    default int read(byte[] written, int from, int to, byte[] into, int at) {
        return switch (this) {
            case ByteLevel _ -> ByteAlphabet.read(written, from, to, into, at);
            case SentencePiece _ -> SpaceMark.read(written, from, to, into, at);
        };
    }
}
