package tern.codegen.cuda.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.Gpu.Argument;
import tern.codegen.cuda.Gpu.Extent;
import tern.codegen.cuda.GpuException;
import tern.codegen.cuda.simulate.Fault.Kind;

/// Launches in turn and overlapping, graphs, parameters of every size, blocks that wait for each other.
class LaunchesTest {

    /// `y[i] = x[i] + d` of one block of 32, after a wait for the launch before or not; dynamic shared memory on the way.
    private static String step(String wait) {
        return Texts.module("sm_90", """
                .extern .shared .align 16 .b8 room[];
                .visible .entry step(.param .u64 x, .param .u64 y, .param .align 4 .b8 d[12])
                {
                  .reg .b32 %%t, %%v, %%d, %%a;
                  .reg .b64 %%x, %%y;
                  mov.u32 %%t, %%tid.x;
                  ld.param.u64 %%x, [x];
                  ld.param.u64 %%y, [y];
                  ld.param.u32 %%d, [d+8];
                  mad.wide.u32 %%x, %%t, 4, %%x;
                  mad.wide.u32 %%y, %%t, 4, %%y;
                  griddepcontrol.launch_dependents;
                  %s
                  ld.global.u32 %%v, [%%x];
                  add.u32 %%v, %%v, %%d;
                  mov.u32 %%a, room;
                  mad.lo.u32 %%a, %%t, 4, %%a;
                  st.shared.u32 [%%a], %%v;
                  ld.shared.u32 %%v, [%%a];
                  st.global.u32 [%%y], %%v;
                  ret;
                }
                """.formatted(wait));
    }

    private static Gpu.Launch launch(Gpu.Function f, long x, long y, int d) {
        return new Gpu.Launch(f, Extent.of(1), Extent.of(32), 128,
                List.of(Argument.of(x), Argument.of(y), Argument.of(MemorySegment.ofArray(new int[] {-1, -1, d}))));
    }

    @Test
    void aGraphRunsItsStepsAgainAndAgain() {
        var bench = new Bench();
        var f = bench.card.load(step("griddepcontrol.wait;")).function("step");
        long x = bench.up(new int[32]);
        long y = bench.card.allocate(128);
        try (Gpu.Stream stream = bench.card.stream();
                Gpu.Graph graph = bench.card.graph(List.of(launch(f, x, y, 5), launch(f, y, x, 1).overlapping()))) {
            stream.give(graph);
            stream.give(graph);
            assertThat(bench.ints(x, 32)).containsOnly(12);
            graph.renew(List.of(launch(f, x, y, 100), launch(f, y, x, 0)));
            stream.give(graph);
            stream.await();
            assertThat(bench.ints(x, 32)).containsOnly(112);
            assertThatThrownBy(() -> graph.renew(List.of(new Gpu.Copy(x, y, 4)))).isInstanceOf(GpuException.class);
        }
    }

    @Test
    void aLaunchThatOverlapsMustWaitForWhatItReads() {
        var bench = new Bench();
        var f = bench.card.load(step("")).function("step");
        long x = bench.up(new int[32]);
        long y = bench.card.allocate(128);
        try (Gpu.Stream stream = bench.card.stream()) {
            stream.give(launch(f, x, y, 5));
            // After the other: nothing to wait for.
            stream.give(launch(f, y, x, 5));
            Fault fault = catchThrowableOfType(Fault.class, () -> stream.give(launch(f, x, y, 5).overlapping()));
            assertThat(fault.kind()).isEqualTo(Kind.RACE);
            assertThat(fault).hasMessageContaining("griddepcontrol.wait is missing");
            stream.await();
            stream.give(launch(f, x, y, 5).overlapping());
            assertThat(bench.ints(y, 32)).containsOnly(15);
        }
    }

    /// Two warps, with words of x for each lane and of y for each thread; `%first` is true in the first one, `%one` in the first thread.
    private static String pair(String body) {
        return Texts.module("sm_90", """
                .visible .entry pair(.param .u64 x, .param .u64 y)
                {
                  .reg .pred %%first, %%one;
                  .reg .b32 %%t, %%v, %%l;
                  .reg .b64 %%x, %%y;
                  mov.u32 %%t, %%tid.x;
                  and.b32 %%l, %%t, 31;
                  setp.lt.u32 %%first, %%t, 32;
                  setp.eq.u32 %%one, %%t, 0;
                  ld.param.u64 %%x, [x];
                  ld.param.u64 %%y, [y];
                  mad.wide.u32 %%x, %%l, 4, %%x;
                  mad.wide.u32 %%y, %%t, 4, %%y;
                  mov.u32 %%v, 7;
                  %s
                  ret;
                }
                """.formatted(body));
    }

    /// Runs y = x + 5 and y = x + 1, the second overlapping the first, then the body overlapping both.
    private static Fault behindTwo(String body) {
        var bench = new Bench();
        Gpu.Function step = bench.card.load(step("griddepcontrol.wait;")).function("step"), f = bench.card.load(pair(body)).function("pair");
        long x = bench.up(new int[64]), y = bench.up(new int[64]), z = bench.up(new int[64]);
        try (Gpu.Stream stream = bench.card.stream()) {
            stream.give(launch(step, x, y, 5));
            stream.give(launch(step, x, z, 1).overlapping());
            return catchThrowableOfType(Fault.class, () -> stream.give(new Gpu.Launch(
                    f, Extent.of(1), Extent.of(64), 0, List.of(Argument.of(y), Argument.of(z))).overlapping()));
        }
    }

    /// One wrote it before the launch that is overlapped: that has not waited for it either, as far as this one knows.
    @Test
    void whatWasWrittenBeforeTheOverlappedLaunchIsNotThereEither() {
        assertThat(behindTwo("ld.global.u32 %v, [%x]; griddepcontrol.wait;").kind()).isEqualTo(Kind.RACE);
        assertThat(behindTwo("griddepcontrol.wait; ld.global.u32 %v, [%x];")).isNull();
    }

    @Test
    void whoHasNotWaitedWritesNothing() {
        assertThat(behindTwo("st.global.u32 [%y], %v; griddepcontrol.wait;"))
                .hasMessageContaining("writes while launches before this one may still run");
        assertThat(behindTwo("griddepcontrol.wait; st.global.u32 [%y], %v;")).isNull();
    }

    @Test
    void eachWarpWaitsOrMeetsOneThatDid() {
        assertThat(behindTwo("@%first griddepcontrol.wait; ld.global.u32 %v, [%x];").kind()).isEqualTo(Kind.RACE);
        assertThat(behindTwo("@%one griddepcontrol.wait; bar.sync 0; ld.global.u32 %v, [%x];").kind()).isEqualTo(Kind.RACE);
        assertThat(behindTwo("@%first griddepcontrol.wait; bar.sync 0; ld.global.u32 %v, [%x];")).isNull();
    }

    /// Who waits for it would not wait for those before it.
    @Test
    void noBlockLeavesWithoutWaiting() {
        assertThat(behindTwo("")).hasMessageContaining("leaves without griddepcontrol.wait");
    }

    /// A cache that takes memory for constant may hold what was there before.
    @Test
    void whatAnotherLaunchWritesIsNotReadAsConstant() {
        assertThat(behindTwo("griddepcontrol.wait; ld.global.nc.u32 %v, [%x];")).hasMessageContaining("by .nc");
    }

    @Test
    void prefetchesStayInsideOfAllocations() {
        assertThat(behindTwo("@%one cp.async.bulk.prefetch.L2.global [%x], 256; griddepcontrol.wait;")).isNull();
        assertThat(behindTwo("@%one cp.async.bulk.prefetch.L2.global [%x], 272; griddepcontrol.wait;").kind()).isEqualTo(Kind.OUT_OF_BOUNDS);
        assertThat(behindTwo("@%one cp.async.bulk.prefetch.L2.global [%x+4], 16; griddepcontrol.wait;").kind()).isEqualTo(Kind.MISALIGNED);
        assertThat(behindTwo("@%one cp.async.bulk.prefetch.L2.global [%x], 40; griddepcontrol.wait;").kind()).isEqualTo(Kind.MISALIGNED);
    }

    /// Every block waits until all have counted.
    private static final String MEETING = Texts.module("sm_80", """
            .visible .entry meet(.param .u64 counter, .param .u64 y)
            {
              .reg .pred %p;
              .reg .b32 %v, %n, %b;
              .reg .b64 %c, %y;
              ld.param.u64 %c, [counter];
              ld.param.u64 %y, [y];
              mov.u32 %n, %nctaid.x;
              mov.u32 %b, %ctaid.x;
              atom.acq_rel.gpu.global.add.u32 %v, [%c], 1;
            wait:
              ld.acquire.gpu.global.u32 %v, [%c];
              setp.lt.u32 %p, %v, %n;
              @%p bra wait;
              mad.wide.u32 %y, %b, 4, %y;
              st.global.u32 [%y], %v;
              ret;
            }
            """);

    @Test
    void blocksMayWaitForEachOther() {
        var bench = new Bench();
        long y = bench.card.allocate(16);
        bench.launch(MEETING, "meet", Extent.of(4), Extent.of(1), 0, bench.up(new int[1]), y);
        assertThat(bench.ints(y, 4)).containsOnly(4);
    }

    @Test
    void gridsAndBlocksHaveThreeDimensions() {
        String text = Texts.module("sm_80", """
                .visible .entry where(.param .u64 y)
                {
                  .reg .b32 %a, %b, %c;
                  .reg .b64 %y, %o;
                  ld.param.u64 %y, [y];
                  mov.u32 %a, %ctaid.z;
                  mov.u32 %b, %nctaid.y;
                  mov.u32 %c, %ctaid.y;
                  mad.lo.u32 %a, %a, %b, %c;
                  mov.u32 %b, %nctaid.x;
                  mov.u32 %c, %ctaid.x;
                  mad.lo.u32 %a, %a, %b, %c;
                  mov.u32 %b, %ntid.z;
                  mov.u32 %c, %tid.z;
                  mad.lo.u32 %a, %a, %b, %c;
                  mov.u32 %b, %ntid.y;
                  mov.u32 %c, %tid.y;
                  mad.lo.u32 %a, %a, %b, %c;
                  mov.u32 %b, %ntid.x;
                  mov.u32 %c, %tid.x;
                  mad.lo.u32 %a, %a, %b, %c;
                  mul.wide.u32 %o, %a, 4;
                  add.u64 %y, %y, %o;
                  st.global.u32 [%y], %a;
                  ret;
                }
                """);
        var bench = new Bench();
        int count = 2 * 3 * 4 * 5 * 3 * 2;
        long y = bench.card.allocate(4 * count);
        bench.launch(text, "where", new Extent(2, 3, 4), new Extent(5, 3, 2), 0, y);
        int[] found = bench.ints(y, count);
        for (int i = 0; i < count; i++) assertThat(found[i]).isEqualTo(i);
        Ptxas.accepts(text, "sm_80");
    }

    @Test
    void memoryIsCopiedFilledAndFreed() {
        var card = new Bench().card;
        long a = card.allocate(64);
        long b = card.allocate(64);
        card.fill(a, (byte) 3, 64);
        card.copy(b + 8, a, 16);
        byte[] found = new byte[16];
        card.read(b + 8, MemorySegment.ofArray(found));
        assertThat(found).containsOnly(3);
        assertThat(card.isWritten(b + 8, 16)).isTrue();
        assertThat(card.isWritten(b, 16)).isFalse();
        assertThatThrownBy(() -> card.copy(b + 56, a, 16)).hasMessageContaining("cuMemcpyDtoD: CUDA_ERROR_INVALID_VALUE: 16 bytes");
        card.free(a);
        assertThatThrownBy(() -> card.fill(a, (byte) 0, 1)).isInstanceOf(GpuException.class);
    }

    @Test
    void theAssemblerTakesThem() {
        Ptxas.accepts(step("griddepcontrol.wait;"), "sm_90");
        Ptxas.accepts(MEETING, "sm_80");
    }
}
