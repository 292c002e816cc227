/// Kernel bundles: tuning records in one file, to be given to others.
///
/// ```
/// Records -> Bundle -> BundleJson: bytes -> BundleFile: checksum, signature -> FILE
/// FILE    -> BundleFile: whole? signed?  -> BundleJson: sound?  -> Bundle   -> Records
/// ```
///
/// A bundle holds data alone: texts in Tern's own language, and numbers. Code is made again from the schedules, by the compiler that is
/// installed, so that nobody has to trust a stranger's code. To ship the class files too would save little: to emit those of a
/// model of 2B4T's size takes 0.4 s of a cold start, to read them and to verify their signature half of that, and
/// HotSpot would compile them to machine code again all the same.
///
/// A bundle may carry code all the same, PTX for those who have no compiler at hand: as text, which is never loaded. Whoever imports such a bundle
/// generates it again from the schedules and refuses the bundle if the texts differ.
///
/// A signature says who made a bundle, no more: whoever made it can sign it. That the file is whole is what the signature of its own
/// key proves. Whether the key belongs to somebody whose measurements one wants is what [tern.autotune.bundle.TrustedKeys] answers.
///
/// Begin with [tern.autotune.bundle.BundleFile].
@NullMarked
package tern.autotune.bundle;

import org.jspecify.annotations.NullMarked;
