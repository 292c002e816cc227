package tern.codegen.cuda.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tern.codegen.cuda.Gpu.Extent;
import tern.codegen.cuda.simulate.Fault.Kind;

/// What only sm_90a has: bulk copies on an mbarrier, products of a warpgroup.
class HopperTest {

    /// `y[64, 16] = a[64, 32] * b[16, 32]`, int8, with both matrices as the descriptors want them, 2048 and 512 bytes.
    private static String product(String descriptorBits) {
        return Texts.module("sm_90a", """
                .visible .entry product(.param .u64 a, .param .u64 b, .param .u64 y)
                {
                  .reg .pred %%p, %%zero;
                  .reg .b32 %%t, %%m, %%at, %%n, %%d<8>;
                  .reg .b64 %%a, %%b, %%y, %%da, %%db, %%o;
                  .shared .align 1024 .b8 tile[4096];
                  .shared .align 8 .b64 ready;
                  mov.u32 %%t, %%tid.x;
                  ld.param.u64 %%a, [a];
                  ld.param.u64 %%b, [b];
                  ld.param.u64 %%y, [y];
                  mov.u32 %%at, tile;
                  mov.u32 %%m, ready;
                  setp.ne.u32 %%p, %%t, 0;
                  @%%p bra begun;
                  mbarrier.init.shared.b64 [%%m], 1;
                  fence.mbarrier_init.release.cluster; // init
                  mbarrier.arrive.expect_tx.shared.b64 _, [%%m], 2560;
                  cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%%at], [%%a], 2048, [%%m];
                  add.u32 %%n, %%at, 2048;
                  cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%%n], [%%b], 512, [%%m];
                begun:
                  bar.sync 0;
                wait:
                  mbarrier.try_wait.parity.shared.b64 %%p, [%%m], 0; // wait
                  @!%%p bra wait;
                  // Descriptors: address / 16, and the offsets.
                  shr.u32 %%n, %%at, 4;
                  cvt.u64.u32 %%da, %%n;
                  mov.u64 %%o, %1$s;
                  or.b64 %%da, %%da, %%o;
                  add.u32 %%n, %%at, 2048;
                  shr.u32 %%n, %%n, 4;
                  cvt.u64.u32 %%db, %%n;
                  or.b64 %%db, %%db, %%o;
                  setp.ne.u32 %%zero, %%t, %%t;
                  wgmma.fence.sync.aligned; // fence
                  wgmma.mma_async.sync.aligned.m64n16k32.s32.s8.s8 {%%d0, %%d1, %%d2, %%d3, %%d4, %%d5, %%d6, %%d7}, %%da, %%db, %%zero;
                  wgmma.mma_async.sync.aligned.m64n16k32.s32.s8.s8 {%%d0, %%d1, %%d2, %%d3, %%d4, %%d5, %%d6, %%d7}, %%da, %%db, 1;
                  wgmma.commit_group.sync.aligned;
                  wgmma.wait_group.sync.aligned 0; // wait group
                  // Row 16 (t / 32) + t %% 32 / 4, columns 2 (t %% 4) and the next.
                  shr.u32 %%m, %%t, 5;
                  and.b32 %%n, %%t, 31;
                  shr.u32 %%at, %%n, 2;
                  mad.lo.u32 %%m, %%m, 16, %%at;
                  and.b32 %%n, %%t, 3;
                  mul.lo.u32 %%n, %%n, 8;
                  mad.lo.u32 %%n, %%m, 64, %%n;
                  cvt.u64.u32 %%o, %%n;
                  add.u64 %%y, %%y, %%o;
                  st.global.v2.u32 [%%y], {%%d0, %%d1};
                  st.global.v2.u32 [%%y+512], {%%d2, %%d3};
                  st.global.v2.u32 [%%y+32], {%%d4, %%d5};
                  st.global.v2.u32 [%%y+544], {%%d6, %%d7};
                  ret;
                }
                """.formatted(descriptorBits));
    }

    /// Groups of eight rows 256 bytes apart, second chunks 128 bytes on.
    private static final String PLAIN = "0x0000001000080000";
    /// Eight rows of 32 bytes, swizzled by 32.
    private static final String SWIZZLED = "0xC000001000010000";

    /// Where byte `k` of row `r` lies.
    private static int place(String descriptor, int row, int k) {
        if (descriptor.equals(PLAIN)) return row / 8 * 256 + row % 8 * 16 + k / 16 * 128 + k % 16;
        int at = row * 32 + k;
        // Bit 4 is changed by bit 7: in rows 4 to 7 of a group the halves are exchanged.
        return row % 8 >= 4 ? at ^ 16 : at;
    }

    private static byte[] laid(String descriptor, byte[] matrix) {
        byte[] laid = new byte[matrix.length];
        for (int i = 0; i < matrix.length; i++) laid[place(descriptor, i / 32, i % 32)] = matrix[i];
        return laid;
    }

    private static int[] run(String text, String descriptor, byte[] a, byte[] b) {
        var bench = new Bench();
        long y = bench.card.allocate(64 * 16 * 4);
        bench.launch(text, "product", Extent.of(1), Extent.of(128), 0, bench.up(laid(descriptor, a)), bench.up(laid(descriptor, b)), y);
        return bench.ints(y, 64 * 16);
    }

    @ParameterizedTest
    @ValueSource(strings = {PLAIN, SWIZZLED})
    void aWarpgroupMultipliesWhatBulkCopiesBrought(String descriptor) {
        var random = new Random(3);
        byte[] a = new byte[64 * 32];
        byte[] b = new byte[16 * 32];
        random.nextBytes(a);
        random.nextBytes(b);
        int[] found = run(product(descriptor), descriptor, a, b);
        for (int i = 0; i < 64; i++)
            for (int j = 0; j < 16; j++) {
                int sum = 0;
                for (int k = 0; k < 32; k++) sum += a[i * 32 + k] * b[j * 32 + k];
                assertThat(found[i * 16 + j]).as("%d, %d", i, j).isEqualTo(2 * sum);
            }
    }

    /// `y[64, n] = a[64, 32] * b[n, 32]` of one slice of tiles that are `pitch` bytes wide and swizzled, A from registers or from shared
    /// memory; the tiles come by plain stores.
    private static String sliced(int n, int pitch, int slice, boolean registers) {
        int count = n / 2;
        var d = new StringBuilder("{%d0");
        for (int i = 1; i < count; i++) d.append(", %d").append(i);
        d.append("}");
        var stores = new StringBuilder();
        for (int i = 0; i < count; i++)
            stores.append("  st.global.u32 [%%y+%d], %%d%d;\n".formatted((i / 2 % 2 * 8 * n + i / 4 * 8 + i % 2) * 4, i));
        long descriptor = (long) (pitch * 8 / 16) << 32 | 1L << 16 | (pitch == 128 ? 1L : pitch == 64 ? 2L : 3L) << 62;
        int bytesA = 64 * pitch;
        int bytes = bytesA + n * pitch;
        return Texts.module("sm_90a", """
                .visible .entry sliced(.param .u64 tiles, .param .u64 a, .param .u64 y)
                {
                  .reg .pred %%p;
                  .reg .b32 %%t, %%i, %%v, %%at, %%w, %%g, %%j, %%a<4>, %%d<%d>;
                  .reg .b64 %%tiles, %%a, %%y, %%da, %%db, %%o;
                  .shared .align 1024 .b8 tile[%d];
                  mov.u32 %%t, %%tid.x;
                  ld.param.u64 %%tiles, [tiles];
                  ld.param.u64 %%a, [a];
                  ld.param.u64 %%y, [y];
                  mul.lo.u32 %%i, %%t, 4;
                  mov.u32 %%at, tile;
                more:
                  cvt.u64.u32 %%o, %%i;
                  add.u64 %%o, %%o, %%tiles;
                  ld.global.u32 %%v, [%%o];
                  add.u32 %%w, %%at, %%i;
                  st.shared.u32 [%%w], %%v;
                  add.u32 %%i, %%i, 512;
                  setp.lt.u32 %%p, %%i, %d;
                  @%%p bra more;
                  fence.proxy.async.shared::cta;
                  bar.sync 0;
                  and.b32 %%i, %%t, 31;
                  shr.u32 %%w, %%t, 5;
                  shr.u32 %%g, %%i, 2;
                  mad.lo.u32 %%g, %%w, 16, %%g;
                  and.b32 %%j, %%i, 3;
                  mad.lo.u32 %%i, %%g, 32, 0;
                  mad.lo.u32 %%i, %%j, 4, %%i;
                  cvt.u64.u32 %%o, %%i;
                  add.u64 %%a, %%a, %%o;
                  ld.global.u32 %%a0, [%%a];
                  ld.global.u32 %%a1, [%%a+256];
                  ld.global.u32 %%a2, [%%a+16];
                  ld.global.u32 %%a3, [%%a+272];
                  add.u32 %%at, %%at, %d;
                  shr.u32 %%i, %%at, 4;
                  cvt.u64.u32 %%da, %%i;
                  add.u32 %%at, %%at, %d;
                  shr.u32 %%i, %%at, 4;
                  cvt.u64.u32 %%db, %%i;
                  mov.u64 %%o, 0x%x;
                  or.b64 %%da, %%da, %%o;
                  or.b64 %%db, %%db, %%o;
                  wgmma.fence.sync.aligned;
                  wgmma.mma_async.sync.aligned.m64n%dk32.s32.s8.s8 %s, %s, %%db, 0;
                  wgmma.commit_group.sync.aligned;
                  wgmma.wait_group.sync.aligned 0;
                  mul.lo.u32 %%i, %%g, %d;
                  mad.lo.u32 %%i, %%j, 8, %%i;
                  cvt.u64.u32 %%o, %%i;
                  add.u64 %%y, %%y, %%o;
                %s
                  ret;
                }
                """.formatted(count, bytes, bytes, slice * 32, bytesA, descriptor, n, d, registers ? "{%a0, %a1, %a2, %a3}" : "%da",
                n * 4, stores));
    }

    /// Rows of `pitch` bytes; each chunk of 16 bytes stands where the ISA's swizzling figures have it: its number in the row, changed by
    /// the number of the 128 bytes that it lies in.
    private static void lay(byte[] matrix, int pitch, byte[] into, int from) {
        int chunks = pitch / 16;
        for (int row = 0; row < matrix.length / pitch; row++)
            for (int c = 0; c < chunks; c++)
                System.arraycopy(matrix, row * pitch + c * 16, into, from + row * pitch + (c ^ row * pitch / 128 % chunks) * 16, 16);
    }

    @ParameterizedTest
    @CsvSource({"8, 32, 0, false", "24, 64, 1, false", "32, 128, 0, false", "64, 128, 3, false", "128, 128, 2, true", "16, 64, 0, true"})
    void slicesOfSwizzledTilesAreMultiplied(int n, int pitch, int slice, boolean registers) {
        var random = new Random(n + pitch);
        byte[] a = new byte[64 * pitch];
        byte[] b = new byte[n * pitch];
        random.nextBytes(a);
        random.nextBytes(b);
        byte[] tiles = new byte[a.length + b.length];
        lay(a, pitch, tiles, 0);
        lay(b, pitch, tiles, a.length);
        byte[] plain = new byte[64 * 32];
        for (int i = 0; i < 64; i++) System.arraycopy(a, i * pitch + slice * 32, plain, i * 32, 32);
        var bench = new Bench();
        long y = bench.card.allocate(64L * n * 4);
        String text = sliced(n, pitch, slice, registers);
        bench.launch(text, "sliced", Extent.of(1), Extent.of(128), 0, bench.up(tiles), bench.up(plain), y);
        int[] found = bench.ints(y, 64 * n);
        for (int i = 0; i < 64; i++)
            for (int j = 0; j < n; j++) {
                int sum = 0;
                for (int k = 0; k < 32; k++) sum += plain[i * 32 + k] * b[j * pitch + slice * 32 + k];
                assertThat(found[i * n + j]).as("%d, %d", i, j).isEqualTo(sum);
            }
        Ptxas.accepts(text, "sm_90a");
    }

    private static void faulty(Kind kind, String message, String from, String to) {
        String text = product(PLAIN);
        assertThat(text).contains(from);
        Fault fault = catchThrowableOfType(Fault.class, () -> run(text.replace(from, to), PLAIN, new byte[2048], new byte[512]));
        assertThat(fault).as(from).isNotNull();
        assertThat(fault.kind()).as(fault.getMessage()).isEqualTo(kind);
        assertThat(fault).hasMessageContaining(message);
    }

    @Test
    void whatIsForgottenIsFound() {
        faulty(Kind.IN_FLIGHT, "asynchronous copy still fills it", "@!%p bra wait;", "");
        faulty(Kind.IN_FLIGHT, "uses %d0 while an asynchronous product still fills it", "wgmma.wait_group.sync.aligned 0;", "");
        faulty(Kind.RACE, "with no wgmma.fence since", "wgmma.fence.sync.aligned;", "");
        faulty(Kind.DEADLOCK, "mbarrier at 0x1400: phase 0, 0 arrivals and 16 bytes to come", "_, [%m], 2560", "_, [%m], 2576");
        faulty(Kind.UNKNOWN_REGISTER, "uses %d0", "%da, %db, %zero", "%da, %db, 1");
        faulty(Kind.MISALIGNED, "no multiple of 16", "[%a], 2048", "[%a], 2040");
        faulty(Kind.UNDEFINED, "there is no mbarrier", "mbarrier.init.shared.b64 [%m], 1;", "");
        faulty(Kind.RACE, "thread 0 wrote, with no fence.proxy.async between", "@!%p bra wait;", """
                @!%p bra wait;
                setp.ne.u32 %p, %t, 0;
                @!%p st.shared.u8 [%at], 1;
                bar.sync 0;
                """);
    }

    @Test
    void aFenceOfTheProxyMakesAStoreSeen() {
        String text = product(PLAIN).replace("@!%p bra wait;", """
                @!%p bra wait;
                setp.ne.u32 %p, %t, 0;
                @!%p st.shared.u8 [%at], 7;
                fence.proxy.async.shared::cta;
                bar.sync 0;
                """);
        byte[] b = new byte[512];
        b[0] = 1;
        assertThat(run(text, PLAIN, new byte[2048], b)[0]).isEqualTo(14);
    }

    @Test
    void theAssemblerTakesThem() {
        Ptxas.accepts(product(PLAIN), "sm_90a");
    }
}
