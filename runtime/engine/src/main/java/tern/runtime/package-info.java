/// A thin runtime: models as files, transformer, tokens. Kernels come from a [tern.ir.device.KernelLibrary] and are known by
/// interface only.
///
/// ```
/// file -> gguf, safetensors -> model: Session.next(token) -> launches -> logits -> sample -> token -> tokenizer -> text
///         convert writes one format from another      synth writes random files      cli is the command line, where all modules meet
/// ```
///
/// This package itself holds [tern.runtime.ModelException], what every reader of a model file throws. Begin with
/// [tern.runtime.model.Model].
package tern.runtime;
