/// Tells whether a model is right, and where not.
///
/// ```
/// FileCheck     scales, norms, embedding, balance of the weights     what the file alone shows
/// SublayerCheck     every part on the device against PlainModel          which kernel, scale or norm is wrong, and in which layer
/// AmbiguityCheck        PlainModel with another activation, other pairs      which reading of the file predicts a text best
/// DumpCheck     every part against what another program wrote
/// ```
///
/// [tern.runtime.doctor.PlainModel] is the model once more in f64 and plain Java. It is written from the published description and shares no
/// code with the kernels; it is slow.
@NullMarked
package tern.runtime.doctor;

import org.jspecify.annotations.NullMarked;
