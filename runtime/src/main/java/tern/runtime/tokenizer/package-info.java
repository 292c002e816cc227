/// Text to token ids and back, byte-level BPE as Llama 3 has it.
///
/// ```
/// text -> special tokens cut out -> words -> Bpe: bytes merged into tokens -> ids
/// id   -> bytes -> StreamDecoder: whole characters -> text
/// ```
///
/// A [tern.runtime.tokenizer.WrittenVocabulary] is what GGUF and `tokenizer.json` have in common. Begin with
/// [tern.runtime.tokenizer.BpeTokenizer#of(tern.runtime.gguf.Metadata)].
package tern.runtime.tokenizer;

