/// Loop IR: a kernel with its loops, its memory and its vectors made explicit, still free of any machine.
///
/// A [tern.ir.loop.Program] is what the scheduler lowers to and what every back end compiles. [tern.ir.loop.Loop] holds
/// the statements, [tern.ir.loop.Expr] the values; [tern.ir.reference] interprets both and so defines them.
/// [tern.ir.loop.LoopPrinter] writes a program, [tern.ir.loop.LoopParser] reads it back; [tern.ir.loop.LoopChecker]
/// and [tern.ir.loop.Ranges] prove that accesses stay inside and sums fit; a device compiles nothing else, see
/// [tern.ir.device.Proved]. A [tern.ir.loop.Rewriter] makes another program of a program.
///
///     for i in 0..n on cores {
///       var sum: i32x16 = 0:i32x16
///       for k in 0..64 {
///         sum += (w[k * 16 +: 16] as i32x16) * (x[i * 64 + k] as i32 splat i32x16)
///       }
///       y[i * 16 +: 16] = sum
///     }
@NullMarked
package tern.ir.loop;

import org.jspecify.annotations.NullMarked;
