/// Proof that a compiled kernel computes what its definition says, to the last bit.
///
/// ```
/// KernelDef, Packing, Schedule -> Lowering -> Device      |
/// HostileWeights -> Packer                                | same bits?  ->  Verdict
/// HostileActivations -> Oracle: plain Java over the digits|
/// ```
///
/// Begin with [tern.autotune.verify.ExactnessProof].
@NullMarked
package tern.autotune.verify;

import org.jspecify.annotations.NullMarked;
