/// Random models: nothing to download, the same file from the same seed on every machine.
///
/// ```
/// ModelConfig, seed  ->  SyntheticVocabulary   keys of the tokenizer
///                        RandomTrits           rows of -1, 0, 1  ->  tern.ir.Packer  ->  I2_S, TQ1_0, TQ2_0
///                        Quantiles             rows of normal numbers  ->  F16, BF16, F32
///                    ->  tern.runtime.gguf.GgufWriter
/// ```
///
/// Every row of every tensor has a generator of its own, so that any number of threads writes the same file. Begin with
/// [tern.runtime.synth.Synthesizer].
@NullMarked
package tern.runtime.synth;

import org.jspecify.annotations.NullMarked;
