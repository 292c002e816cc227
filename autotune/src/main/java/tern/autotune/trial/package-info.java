/// One candidate: is it right, is it vectorised, and how fast is it?
///
/// ```
///  ChildRunner  --- a line of JSON --->  TrialProcess        a JVM with the parent's flags, killed when it
///  (this JVM)   <-- a line of JSON ---   LocalRunner         takes too long, started again when it dies
///                                          ExactnessProof    gate: nothing is timed that is not exact
///                                          CompiledCandidate        a kernel on weights that are cold where a model's would be
/// ```
///
/// Begin with [tern.autotune.trial.Runner].
@NullMarked
package tern.autotune.trial;

import org.jspecify.annotations.NullMarked;
