/// The `tern` command, and the only place where all modules meet.
///
/// ```
/// run        demo, run                           tune       tune, explore
/// chat       chat                                records    records list, show, ...
/// model      synth, inspect, convert, cache      kernel     check, dump, verify, export
/// evaluate   logits, ppl, compare, doctor, score gpu        gpu-check
/// bench      bench, peers                        option, console, html   what they share
/// ```
///
/// One class a command. A command throws what went wrong; [tern.runtime.cli.console.Failure] turns it into one message and an exit
/// status. Starts at [tern.runtime.cli.Main].
@NullMarked
package tern.runtime.cli;

import org.jspecify.annotations.NullMarked;
