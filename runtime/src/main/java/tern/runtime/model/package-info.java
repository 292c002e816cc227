/// The BitNet b1.58 transformer, written once against [tern.ir.device.Device].
///
/// [tern.runtime.model.Model#load] brings a [tern.runtime.model.ModelSource] onto a device: it asks a kernel library for a plan, has the weights
/// packed as the plan says, and builds the [tern.runtime.model.Transformer], whose layers are launches in two sequences: one
/// token at a time, and in batches. A [tern.runtime.model.MadeSource] is in no file and packed as it comes into being;
/// [tern.runtime.model.Preset] has the shapes of such.
///
/// ```
/// embed -> [ norm, quantise -> qkv -> rope, cache -> attention -> norm, quantise -> output, add
///            norm, quantise -> relu(gate)^2 * up -> norm, quantise -> down, add ] x layers -> norm -> head
/// ```
@NullMarked
package tern.runtime.model;

import org.jspecify.annotations.NullMarked;
