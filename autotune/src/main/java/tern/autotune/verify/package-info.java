/// Proof that a compiled kernel computes what its definition says, to the last bit.
///
/// ```
/// KernelDef, Packing, Schedule -> Lowering -> Device      |
/// HostileWeights -> Packer                                | same bits?  ->  Verdict
/// HostileActivations -> Oracle: plain Java over the digits|
/// ```
///
/// A [tern.autotune.verify.CrossProof] does it on several machines, and shows that all of them saw and gave the same bytes.
/// A [tern.autotune.verify.Campaign] does it with many packings, those that are known and those that [tern.autotune.verify.RandomPackings]
/// draws, in all [tern.autotune.verify.Ways] to multiply. Operations that are no product are tried by [tern.autotune.verify.OpTrial].
///
/// Begin with [tern.autotune.verify.ExactnessProof].
@NullMarked
package tern.autotune.verify;

import org.jspecify.annotations.NullMarked;
