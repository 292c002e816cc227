/// The transformer of BitNet b1.58 and its ternary relatives, written once against [tern.ir.device.Device].
///
/// [tern.runtime.model.Model#load] brings a [tern.runtime.model.ModelSource] onto a device: it asks a kernel library for a plan, has the weights
/// packed as the plan says, and brings these to the device, once. A session's [tern.runtime.model.Transformer] has the layers as launches in two
/// sequences: one token at a time, and in batches. A [tern.runtime.model.MadeSource] is in no file and packed as it comes into being;
/// [tern.runtime.model.Preset] has the shapes of such.
///
/// ```
/// embed -> [ norm, quantise -> qkv -> rope, cache -> attention -> norm, quantise -> output, add
///            norm, quantise -> relu(gate)^2 * up -> norm, quantise -> down, add ] x layers -> norm -> head
/// ```
///
/// Layers may lie on several devices: a [tern.runtime.model.StageWeights] of the model on each, one after the other, and in a session a
/// [tern.runtime.model.PipelineStage] for each part. The [tern.runtime.model.Partition] makes the largest share of a token's bytes small; a long prompt keeps
/// all devices busy by a [tern.runtime.model.Pipeline]. [tern.runtime.model.BatchedDecoder] takes up tokens of several sequences together.
///
/// What differs between architectures is data: a [tern.runtime.model.Block] and the RoPE pairs of a [tern.runtime.model.ModelConfig], which
/// [tern.runtime.model.GgufModel] and [tern.runtime.model.CheckpointModel] read from their files. Without sub-norms, `norm, quantise`
/// before the output and down projections is `quantise`; with SiLU, `relu(gate)^2` is `silu(gate)`.
@NullMarked
package tern.runtime.model;

import org.jspecify.annotations.NullMarked;
