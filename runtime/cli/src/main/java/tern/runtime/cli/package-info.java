/// The `tern` command, and the only place where all modules meet.
///
/// ```
/// tern demo                                the main job, from nothing
/// tern synth | inspect | convert           model files
/// tern run | chat | logits | bench         models
/// tern tune                                the fastest kernels of a machine
/// tern check | dump | verify               texts: packings and kernels, from their declaration to their bytecode
/// tern records list | show | ...           what was measured
/// tern export                              kernels to take away
/// tern gpu-check                           a card, checked and measured in one go
/// ```
///
/// One class a command. A command throws what went wrong; [tern.runtime.cli.Failure] turns it into one message and an exit
/// status. Starts at [tern.runtime.cli.Main].
@NullMarked
package tern.runtime.cli;

import org.jspecify.annotations.NullMarked;
