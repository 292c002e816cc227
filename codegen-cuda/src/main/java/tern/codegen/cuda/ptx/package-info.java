/// From loops to PTX text: [tern.codegen.cuda.ptx.PtxEmitter] is the entry.
///
/// Loops on blocks and cores become the grid, loops on warps the warps of a block. The lanes of a value are the threads of a warp: a
/// value of 32 lanes or more is spread over them, thread t holding the lanes from `t * lanes / 32` on, in registers; of a shorter one
/// thread t holds lane `t % lanes`; a scalar is held by all.
///
///     words12 = gather(w, rowWord5 + chunk11, 4)      ld.global.nc.L1::no_allocate.L2::256B.v4.b32 {%r40, %r41, %r42, %r43}, [%rd9];
///     sum7 = dot(sum7, .. bits i8x128, .. bits i8x128)     dp4a.u32.s32 %r33, %r44, %r51, %r33;
///     own20 + shuffle(own20, [16..31, 0..15])         shfl.sync.bfly.b32 %r60, %r33, 16, 31, -1;
///
/// Copies and products that run on by themselves ([tern.ir.loop.Loop.Group]) make a module one for sm_90a alone:
///
///     bulkcopy stages[..] = prepared[..] on ready[slot]     mbarrier.arrive.expect_tx, cp.async.bulk of one thread
///     await ready[slot] phase step / 4                       mbarrier.try_wait.parity, again until it is so
///     groupproduct p, q += (d1, d2, d3, d4) * stages[..]    wgmma.fence, wgmma.mma_async.m64n16k32.s32.u8.s8
///     groupwait 1                                           wgmma.commit_group, wgmma.wait_group 1
@NullMarked
package tern.codegen.cuda.ptx;

import org.jspecify.annotations.NullMarked;
