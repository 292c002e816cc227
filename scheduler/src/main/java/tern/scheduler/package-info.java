/// Proposes schedules for a kernel, ranks them by a cost model, and lowers the chosen one to loop IR.
package tern.scheduler;
