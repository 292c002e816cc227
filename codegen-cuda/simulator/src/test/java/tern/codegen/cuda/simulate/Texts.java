package tern.codegen.cuda.simulate;

/// PTX written by hand.
final class Texts {

    private Texts() {}

    static String module(String target, String body) {
        return ".version 8.3\n.target " + target + "\n.address_size 64\n" + body;
    }

    /// `c[i] = a[i] + b[i]` for `i < n`.
    static final String ADD = module("sm_80", """
            .visible .entry add(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 n)
            {
              .reg .pred %p;
              .reg .b32 %i, %n, %t;
              .reg .b64 %a, %b, %c;
              .reg .f32 %x, %y;
              mov.u32 %i, %ctaid.x;
              mov.u32 %t, %ntid.x;
              mov.u32 %n, %tid.x;
              mad.lo.u32 %i, %i, %t, %n;
              ld.param.u32 %n, [n];
              setp.ge.u32 %p, %i, %n;
              @%p bra done;
              ld.param.u64 %a, [a];
              ld.param.u64 %b, [b];
              ld.param.u64 %c, [c];
              cvta.to.global.u64 %a, %a;
              mad.wide.u32 %a, %i, 4, %a;
              mad.wide.u32 %b, %i, 4, %b;
              mad.wide.u32 %c, %i, 4, %c;
              ld.global.nc.L1::no_allocate.f32 %x, [%a];
              ld.global.f32 %y, [%b+0];
              add.rn.f32 %x, %x, %y;
              st.global.f32 [%c], %x;
            done:
              ret;
            }
            """);

    /// The sum of 1024 numbers by one block of 256: shuffles in each warp, then shared memory.
    static final String SUM = module("sm_80", """
            .visible .entry sum(.param .u64 x, .param .u64 y)
            {
              .reg .pred %p, %first;
              .reg .b32 %t, %s, %u, %v, %w, %lane, %warp, %at;
              .reg .b64 %x, %y;
              .shared .align 4 .b32 part[8];
              mov.u32 %t, %tid.x;
              ld.param.u64 %x, [x];
              mad.wide.u32 %x, %t, 16, %x;
              ld.global.v4.u32 {%s, %u, %v, %w}, [%x];
              add.s32 %s, %s, %u;
              add.s32 %v, %v, %w;
              add.s32 %s, %s, %v;
              shfl.sync.bfly.b32 %u, %s, 16, 31, 0xffffffff;
              add.s32 %s, %s, %u;
              shfl.sync.bfly.b32 %u, %s, 8, 31, 0xffffffff;
              add.s32 %s, %s, %u;
              shfl.sync.bfly.b32 %u, %s, 4, 31, 0xffffffff;
              add.s32 %s, %s, %u;
              shfl.sync.down.b32 %u, %s, 2, 31, 0xffffffff;
              add.s32 %s, %s, %u;
              shfl.sync.idx.b32 %u, %s, 1, 31, 0xffffffff;
              add.s32 %s, %s, %u;
              and.b32 %lane, %t, 31;
              shr.u32 %warp, %t, 5;
              setp.eq.u32 %first, %lane, 0;
              mov.u32 %at, part;
              mad.lo.u32 %at, %warp, 4, %at;
              @%first st.shared.u32 [%at], %s;
              bar.sync 0;
              setp.ne.u32 %p, %t, 0;
              @%p bra done;
              mov.u32 %at, part;
              mov.u32 %s, 0;
              mov.u32 %u, 0;
            next:
              ld.shared.u32 %v, [%at];
              add.s32 %s, %s, %v;
              add.u32 %at, %at, 4;
              add.u32 %u, %u, 1;
              setp.lt.u32 %p, %u, 8;
              @%p bra next;
              ld.param.u64 %y, [y];
              st.global.u32 [%y], %s;
            done:
              ret;
            }
            """);

    /// `y[16, 8] = a[16, k] * b[8, k]`, int8, one warp: A through shared memory by cp.async in two stages and ldmatrix, B from global memory.
    static final String MATMUL = module("sm_80", """
            .visible .entry matmul(.param .u64 a, .param .u64 b, .param .u64 y, .param .u32 k)
            {
              .reg .pred %p, %q;
              .reg .b32 %t, %g, %j, %k, %i, %at, %from, %row, %half, %stage, %next;
              .reg .b32 %a<4>, %b<2>, %d<4>;
              .reg .b64 %pa, %pb, %py, %x;
              .shared .align 16 .b8 tile[1024];
              mov.u32 %t, %tid.x;
              ld.param.u64 %pa, [a];
              ld.param.u64 %pb, [b];
              ld.param.u64 %py, [y];
              ld.param.u32 %k, [k];
              shr.u32 %g, %t, 2;
              and.b32 %j, %t, 3;
              // Thread t copies half t % 2 of row t / 2.
              shr.u32 %row, %t, 1;
              and.b32 %half, %t, 1;
              mad.lo.u32 %i, %row, %k, 0;
              mad.lo.u32 %i, %half, 16, %i;
              cvt.u64.u32 %x, %i;
              add.u64 %pa, %pa, %x;
              mov.u32 %at, tile;
              mad.lo.u32 %at, %row, 32, %at;
              mad.lo.u32 %at, %half, 16, %at;
              // ldmatrix: thread t gives row t % 16, half t / 16.
              and.b32 %row, %t, 15;
              shr.u32 %half, %t, 4;
              mov.u32 %from, tile;
              mad.lo.u32 %from, %row, 32, %from;
              mad.lo.u32 %from, %half, 16, %from;
              // B: column g, bytes 4 j and 16 + 4 j.
              mul.lo.u32 %i, %g, %k;
              mad.lo.u32 %i, %j, 4, %i;
              cvt.u64.u32 %x, %i;
              add.u64 %pb, %pb, %x;
              mov.b32 %d0, 0;
              mov.b32 %d1, 0;
              mov.b32 %d2, 0;
              mov.b32 %d3, 0;
              cp.async.cg.shared.global [%at], [%pa], 16;
              cp.async.commit_group;
              mov.u32 %i, 0;
              mov.u32 %stage, 0;
            loop:
              add.u32 %i, %i, 32;
              setp.lt.u32 %p, %i, %k;
              xor.b32 %next, %stage, 512;
              add.u64 %pa, %pa, 32;
              add.u32 %row, %at, %next;
              @%p cp.async.cg.shared.global.L2::128B [%row], [%pa], 16;
              cp.async.commit_group;
              cp.async.wait_group 1;
              bar.warp.sync 0xffffffff;
              add.u32 %half, %from, %stage;
              ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%a0, %a1, %a2, %a3}, [%half];
              ld.global.nc.u32 %b0, [%pb];
              ld.global.nc.u32 %b1, [%pb+16];
              mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%d0, %d1, %d2, %d3}, {%a0, %a1, %a2, %a3}, {%b0, %b1}, {%d0, %d1, %d2, %d3};
              bar.warp.sync 0xffffffff;
              add.u64 %pb, %pb, 32;
              mov.u32 %stage, %next;
              @%p bra loop;
              mul.lo.u32 %i, %g, 32;
              mad.lo.u32 %i, %j, 8, %i;
              cvt.u64.u32 %x, %i;
              add.u64 %py, %py, %x;
              st.global.v2.u32 [%py], {%d0, %d1};
              st.global.v2.u32 [%py+256], {%d2, %d3};
              ret;
            }
            """);

    /// `y[m] = w[m, k] * x[k]`, int8: a warp a row, 16 bytes a thread.
    static final String GEMV = module("sm_80", """
            .visible .entry gemv(.param .u64 w, .param .u64 x, .param .u64 y, .param .u32 k)
            {
              .reg .pred %p;
              .reg .b32 %t, %row, %k, %i, %s, %lane, %n;
              .reg .b32 %w<4>, %x<4>;
              .reg .b64 %pw, %px, %py, %o;
              mov.u32 %t, %tid.x;
              and.b32 %lane, %t, 31;
              shr.u32 %i, %t, 5;
              mov.u32 %n, %ctaid.x;
              mad.lo.u32 %row, %n, 8, %i;
              ld.param.u64 %pw, [w];
              ld.param.u64 %px, [x];
              ld.param.u64 %py, [y];
              ld.param.u32 %k, [k];
              mul.wide.u32 %o, %row, %k;
              add.u64 %pw, %pw, %o;
              mul.wide.u32 %o, %lane, 16;
              add.u64 %pw, %pw, %o;
              add.u64 %px, %px, %o;
              mov.u32 %s, 0;
              mul.lo.u32 %i, %lane, 16;
            next:
              setp.ge.u32 %p, %i, %k;
              @%p bra end;
              ld.global.nc.L1::no_allocate.v4.u32 {%w0, %w1, %w2, %w3}, [%pw];
              ld.global.nc.v4.u32 {%x0, %x1, %x2, %x3}, [%px];
              dp4a.s32.s32 %s, %w0, %x0, %s;
              dp4a.s32.s32 %s, %w1, %x1, %s;
              dp4a.s32.s32 %s, %w2, %x2, %s;
              dp4a.s32.s32 %s, %w3, %x3, %s;
              add.u64 %pw, %pw, 512;
              add.u64 %px, %px, 512;
              add.u32 %i, %i, 512;
              bra next;
            end:
              redux.sync.add.s32 %s, %s, 0xffffffff;
              setp.ne.u32 %p, %lane, 0;
              mul.wide.u32 %o, %row, 4;
              add.u64 %py, %py, %o;
              @!%p st.global.u32 [%py], %s;
              ret;
            }
            """);
}
