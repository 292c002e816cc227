/// safetensors, the file format of Hugging Face checkpoints: a reader that maps untrusted files, and a writer.
///
/// ```
/// u64 length of the header
/// header   JSON: { "name": { "dtype": "BF16", "shape": [m, k], "data_offsets": [begin, end] }, ..., "__metadata__": { ... } }
/// data     the tensors, one after the other without a gap
/// ```
///
/// A large checkpoint is several files and `model.safetensors.index.json`, which says where each tensor is: a
/// [tern.runtime.safetensors.Shards]. Begin with [tern.runtime.safetensors.Safetensors#open] and
/// [tern.runtime.safetensors.SafetensorsWriter].
///
/// Source: huggingface/safetensors, README, "Format"; its reader's checks are made here as well.
@NullMarked
package tern.runtime.safetensors;

import org.jspecify.annotations.NullMarked;
