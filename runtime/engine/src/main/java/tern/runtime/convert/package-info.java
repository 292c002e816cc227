/// Models from one format to another. What Tern computes with the result is what it computed before, to the bit: weights and their
/// scales, norms, embedding, head and tokenizer are read back and compared before the result gets its name.
///
/// ```
/// GGUF        --+                       +-- GgufTarget        I2_S, TQ1_0, TQ2_0
///               +-- ModelSource ---> ---+
/// safetensors --+                       +-- CheckpointTarget  packed
/// ```
///
/// Begin with [tern.runtime.convert.Conversion].
@NullMarked
package tern.runtime.convert;

import org.jspecify.annotations.NullMarked;
