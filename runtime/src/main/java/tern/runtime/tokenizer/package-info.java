/// Text to token ids and back, byte-level BPE as Llama 3 has it.
///
/// ```
/// text -> special tokens cut out -> words -> Bpe: bytes merged into tokens -> ids
/// id   -> bytes -> StreamDecoder: whole characters -> text
/// ```
///
/// Begin with [tern.runtime.tokenizer.BpeTokenizer#of(tern.runtime.gguf.Metadata)].
package tern.runtime.tokenizer;

