/// Loop IR: a kernel with its loops, its memory and its vectors made explicit, still free of any machine.
///
/// A [tern.ir.loop.Program] is what the scheduler lowers to and what every back end compiles. [tern.ir.loop.Loop] holds
/// the statements, [tern.ir.loop.Expr] the values; [tern.ir.reference] interprets both and so defines them.
@NullMarked
package tern.ir.loop;

import org.jspecify.annotations.NullMarked;
