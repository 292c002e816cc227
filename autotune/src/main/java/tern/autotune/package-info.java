/// The search for the fastest kernels of a machine.
///
/// ```
/// tern.scheduler       candidates: packing x schedule, ranked by a cost model
/// tern.autotune.search which of them to try, how long, and what wins
/// tern.autotune.trial  one of them: compiled, proved (tern.autotune.verify), timed, in a JVM of its own
/// tern.autotune.record what was measured, kept; and again a tern.scheduler.ScheduleSource
/// ```
///
/// Begin with [tern.autotune.search.Tuner].
package tern.autotune;
