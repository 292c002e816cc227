/// Empty so far: the search for the fastest schedule comes with an issue of its own.
///
/// ```
/// candidates (tern.scheduler) -> proof (tern.autotune.verify) -> measurement -> record -> tern.scheduler.ScheduleSource
///                                there                           to come        to come
/// ```
///
/// Until then the cost model of [tern.scheduler.ScheduledLibrary] chooses alone. What this module has is
/// [tern.autotune.verify.ExactnessProof].
package tern.autotune;
