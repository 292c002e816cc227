/// Lowering to groups of four warps, whose products and copies run on by themselves: on sm_90a alone.
///
/// Begin with [tern.scheduler.warpgroup.WarpgroupMultiply].
@NullMarked
package tern.scheduler.warpgroup;

import org.jspecify.annotations.NullMarked;
