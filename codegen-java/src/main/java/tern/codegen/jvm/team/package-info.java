/// Threads and memory of the CPU back end: what generated kernels and hand-written operations share.
///
/// A [tern.codegen.jvm.team.Team] enters an [tern.codegen.jvm.team.Spmd] body together; [tern.codegen.jvm.team.Memory] reaches
/// all memory by address.
@NullMarked
package tern.codegen.jvm.team;

import org.jspecify.annotations.NullMarked;
