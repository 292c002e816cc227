/// From a kernel definition and a packing to loops, by way of a schedule.
///
/// ```
/// KernelDef, Packing, Target -> Candidates   schedules that apply, ranked by a roofline model; the others with the reason why not
/// KernelDef, Packing, Schedule -> Lowering   two programs: prepare (activations, or tables of their sums), multiply
/// ```
///
/// Three ways of lowering, by machine: vectors ([tern.scheduler.MultiplyLowering]), a processor's matrix unit
/// ([tern.scheduler.MatrixLowering]: codes become bytes once for many tokens), and warps ([tern.scheduler.WarpMultiply]),
/// which on Hopper cards multiply by groups of four ([tern.scheduler.WarpgroupPipeline]).
///
/// A packing is read through its index maps alone; no format is known by name. [tern.scheduler.ScheduledLibrary] does both steps for
/// all products of a model, with schedules of a [tern.scheduler.ScheduleSource] where it knows better than the cost model.
///
/// Begin with [tern.scheduler.Lowering#of].
package tern.scheduler;
