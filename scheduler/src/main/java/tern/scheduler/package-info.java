/// From a kernel definition and a packing to loops, by way of a schedule.
///
/// ```
/// KernelDef, Packing, Target -> Candidates   schedules that apply, ranked by a roofline model; the others with the reason why not
/// KernelDef, Packing, Schedule -> Lowering   two programs: prepare (activations, or tables of their sums), multiply
/// ```
///
/// A package for each unit that multiplies: `vector` (registers of a core), `matrix` (a processor's unit for products of matrices: codes
/// become bytes once for many tokens), `warp` (of a GPU), `warpgroup` (four warps together, on Hopper cards). They use `packing`
/// (what lanes see of a packing) and `program` (what lowered programs share); `cost` prices their geometries; `problem` is the question.
/// Only `problem` and this package are for other modules.
///
/// A packing is read through its index maps alone; no format is known by name. [tern.scheduler.ScheduledLibrary] does both steps for
/// all products of a model, with schedules of a [tern.scheduler.ScheduleSource] where it knows better than the cost model.
///
/// Begin with [tern.scheduler.Lowering#of].
package tern.scheduler;
