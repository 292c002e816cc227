/// Hardware as numbers, each with its source: what a scheduler may know of a machine.
///
/// A preset needs no such hardware: `tern dump F.tir --stage schedules --target neon128` plans for an Arm core anywhere. A machine that
/// is there describes itself: [tern.ir.device.Device#target()].
///
/// Begin with [tern.ir.target.Targets].
@NullMarked
package tern.ir.target;

import org.jspecify.annotations.NullMarked;
