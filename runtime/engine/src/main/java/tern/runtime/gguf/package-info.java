/// GGUF, the file format of ggml models: a reader that maps untrusted files, and a writer.
///
/// ```
/// magic "GGUF"  u32 version  u64 tensors  u64 keys
/// keys     text name, u32 ValueType, value             ->  Metadata
/// infos    text name, u32 dimensions, u64 ne[], u32 TensorType, u64 offset
/// padding to general.alignment
/// data     one extent per tensor, each padded alike    ->  Tensor
/// ```
///
/// All numbers are little-endian; a text is a u64 length and UTF-8. Begin with [tern.runtime.gguf.Gguf#open] and
/// [tern.runtime.gguf.GgufWriter].
///
/// Source: ggml-org/ggml `docs/gguf.md`; tensor types of microsoft/BitNet's fork.
package tern.runtime.gguf;
