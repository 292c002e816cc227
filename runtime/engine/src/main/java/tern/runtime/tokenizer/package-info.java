/// Text to token ids and back: byte-level BPE as GPT-2, Llama 3 and Falcon have it, and SentencePiece's BPE, Llama 1's and 2's.
///
/// ```
/// text -> special tokens cut out -> words -> Bpe: bytes merged into tokens -> ids
/// id   -> bytes -> StreamDecoder: whole characters -> text
/// ```
///
/// A [tern.runtime.tokenizer.Scheme] says which, and [tern.runtime.tokenizer.Words] how words are cut. A
/// [tern.runtime.tokenizer.WrittenVocabulary] is what GGUF, `tokenizer.json` and `tokenizer.model` have in common. A vocabulary is read
/// into flat arrays, with no object for each token or merge, and what only encoding needs is made by the first text. Begin with
/// [tern.runtime.tokenizer.BpeTokenizer#of(tern.runtime.gguf.Metadata)].
package tern.runtime.tokenizer;
