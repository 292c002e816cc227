package tern.codegen.cuda.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import tern.codegen.cuda.Gpu.Extent;

/// What a warp does together: shuffles, votes, reductions, products, and memory of every kind.
class WarpsTest {

    /// One word in, one word out for each of 32 threads.
    private static final String FRAME = """
            .visible .entry %s(.param .u64 x, .param .u64 y)
            {
              .reg .pred %%p, %%q;
              .reg .b16 %%h;
              .reg .b32 %%t, %%v, %%a, %%b, %%c, %%d;
              .reg .b64 %%x, %%y, %%px, %%py, %%l;
              mov.u32 %%t, %%tid.x;
              ld.param.u64 %%x, [x];
              ld.param.u64 %%y, [y];
              mad.wide.u32 %%px, %%t, 4, %%x;
              mad.wide.u32 %%py, %%t, 4, %%y;
              ld.global.u32 %%v, [%%px];
            %s
              st.global.u32 [%%py], %%d;
              ret;
            }
            """;

    private interface Lane {
        int of(int[] x, int lane);
    }

    private record Case(String body, String before, Lane expected) {}

    private static Case of(String body, Lane expected) {
        return new Case(body, "", expected);
    }

    private static final Case[] CASES = {
        of("shfl.sync.up.b32 %d|%p, %v, 3, 0, -1;", (x, l) -> l >= 3 ? x[l - 3] : x[l]),
        of("shfl.sync.up.b32 %d|%p, %v, 3, 0x1800, -1;", (x, l) -> l % 8 >= 3 ? x[l - 3] : x[l]),
        of("shfl.sync.down.b32 %d|%p, %v, 5, 31, -1; @!%p mov.u32 %d, 7;", (x, l) -> l + 5 < 32 ? x[l + 5] : 7),
        of("shfl.sync.down.b32 %d|%p, %v, 1, 0x1c03, -1; @!%p mov.u32 %d, 7;", (x, l) -> l % 4 < 3 ? x[l + 1] : 7),
        of("shfl.sync.bfly.b32 %d, %v, 9, 31, -1;", (x, l) -> x[l ^ 9]),
        of("xor.b32 %a, %t, 5; shfl.sync.idx.b32 %d, %v, %a, 31, -1;", (x, l) -> x[l ^ 5]),
        of("shfl.sync.idx.b32 %d, %v, 2, 0x181f, -1;", (x, l) -> x[l & 24 | 2]),
        of("setp.lt.s32 %p, %v, 0; vote.sync.ballot.b32 %d, %p, -1;", (x, _) -> negative(x)),
        of("setp.lt.s32 %p, %v, 0; vote.sync.ballot.b32 %d, !%p, -1;", (x, _) -> ~negative(x)),
        of("setp.lt.s32 %p, %v, 0; vote.sync.any.pred %q, %p, -1; selp.b32 %d, 1, 0, %q;", (x, _) -> negative(x) != 0 ? 1 : 0),
        of("setp.lt.s32 %p, %v, 0; vote.sync.all.pred %q, %p, -1; selp.b32 %d, 1, 0, %q;", (x, _) -> negative(x) == -1 ? 1 : 0),
        of("redux.sync.add.s32 %d, %v, -1;", (x, _) -> java.util.Arrays.stream(x).sum()),
        of("redux.sync.max.s32 %d, %v, -1;", (x, _) -> java.util.Arrays.stream(x).max().orElseThrow()),
        of("redux.sync.min.u32 %d, %v, -1;", (x, _) -> java.util.Arrays.stream(x).boxed().min(Integer::compareUnsigned).orElseThrow()),
        of("redux.sync.xor.b32 %d, %v, -1;", (x, _) -> java.util.Arrays.stream(x).reduce(0, (a, b) -> a ^ b)),
        of("setp.lt.u32 %p, %t, 9; @%p bra low; activemask.b32 %d; bra join; low: activemask.b32 %d; join:", (_, l) -> l < 9 ? 511 : ~511),
        of("elect.sync %d|%p, -1; selp.b32 %a, 100, 0, %p; add.u32 %d, %d, %a;", (_, l) -> l == 0 ? 100 : 0),
        of("ld.global.s8 %d, [%px];", (x, l) -> (byte) x[l]),
        of("ld.global.u8 %d, [%px+1];", (x, l) -> x[l] >> 8 & 255),
        of("ld.global.s16 %d, [%px+2];", (x, l) -> x[l] >> 16),
        of("st.global.u16 [%py], %v; ld.global.u16 %d, [%py];", (x, l) -> x[l] & 0xffff),
        of("mad.wide.u32 %l, %t, -8, 0; mul.wide.u32 %l, %t, 4; sub.u64 %l, %px, %l; ld.global.v2.u32 {_, %d}, [%l+8];", (x, _) -> x[3]),
        of(".local .align 4 .b32 mine[4]; st.local.u32 [mine+4], %v; mov.u32 %a, mine; ld.local.u32 %d, [%a+4];", (x, l) -> x[l]),
        of(".local .align 4 .b32 own[4]; st.local.u32 [own], %v; mov.u64 %l, own; cvta.local.u64 %l, %l; ld.u32 %d, [%l];", (x, l) -> x[l]),
        of(".shared .align 4 .b32 s[32]; mov.u32 %a, s; mad.lo.u32 %a, %t, 4, %a; st.shared.u32 [%a], %v; bar.sync 0; mov.u64 %l, s; "
                + "cvta.shared.u64 %l, %l; ld.u32 %d, [%l+20];", (x, _) -> x[5]),
        new Case("mov.u64 %l, table; and.b32 %a, %t, 3; mad.wide.u32 %l, %a, 2, %l; ld.const.s16 %d, [%l];",
                ".const .align 2 .b16 table[4] = {10, -20, 30, 0x7fff};", (_, l) -> new int[] {10, -20, 30, 32767}[l & 3]),
        new Case("mov.u64 %l, counter; atom.global.add.u32 %d, [%l], 2;", ".global .b32 counter = 5;", (_, l) -> 5 + 2 * l),
        new Case("ld.param.u64 %l, [x]; mov.u64 %l, most; atom.global.max.s32 %a, [%l], %v; bar.sync 0; ld.global.u32 %d, [%l];",
                ".global .b32 most = -2147483648;", (x, _) -> java.util.Arrays.stream(x).max().orElseThrow()),
        new Case("mov.u64 %l, lock; atom.global.cas.b32 %d, [%l], %t, 1; ", ".global .b32 lock;", (_, l) -> l == 0 ? 0 : 1),
        new Case("mov.u64 %l, last; atom.global.exch.b32 %d, [%l], %v; ", ".global .b32 last;", (x, l) -> l == 0 ? 0 : x[l - 1]),
        of("mov.b32 %a, 0x3f803f80; mov.b32 %b, 0x40004000; fma.rn.bf16x2 %d, %a, %b, %a;", (_, _) -> 0x4040_4040),
        of("prefetch.global.L2 [%px]; membar.gl; fence.acq_rel.gpu; griddepcontrol.launch_dependents; mov.u32 %d, %lanemask_lt;", (_, l) -> (1 << l) - 1),
    };

    private static int negative(int[] x) {
        int set = 0;
        for (int l = 0; l < 32; l++) if (x[l] < 0) set |= 1 << l;
        return set;
    }

    private static String text() {
        var text = new StringBuilder();
        for (int i = 0; i < CASES.length; i++)
            text.append(CASES[i].before()).append("\n").append(FRAME.formatted("k" + i, CASES[i].body()));
        return Texts.module("sm_90", text.toString());
    }

    @Test
    void eachThreadGetsItsValue() {
        String text = text();
        int[] x = new Random(11).ints(32).toArray();
        for (int i = 0; i < CASES.length; i++) {
            var bench = new Bench();
            long y = bench.card.allocate(128);
            bench.launch(text, "k" + i, Extent.of(1), Extent.of(32), 0, bench.up(x), y);
            int[] found = bench.ints(y, 32);
            for (int l = 0; l < 32; l++)
                assertThat(found[l]).as("%s, thread %d", CASES[i].body(), l).isEqualTo(CASES[i].expected().of(x, l));
        }
    }

    // ---- products, each thread giving the elements that the ISA's tables say ----

    /// @param type      of A and B
    /// @param fragments which registers hold what, as the text loads them: A row-major `[m, k]`, B column-major `[n, k]`, C row-major
    private static String product(String name, String shape, String type, String sum, int m, int k, int bytes) {
        int perRegister = 4 / bytes;
        int span = 4 * perRegister;
        var a = new StringBuilder();
        var b = new StringBuilder();
        int registersA = 0;
        int registersB = 0;
        // A: for each span of k, first the rows groupID, then groupID + 8.
        for (int from = 0; from < k; from += span)
            for (int row = 0; row < m; row += 8)
                a.append("  ld.global.u32 %%a%d, [%%pa+%d];\n".formatted(registersA++, (row * k + from) * bytes));
        for (int from = 0; from < k; from += span)
            b.append("  ld.global.u32 %%b%d, [%%pb+%d];\n".formatted(registersB++, from * bytes));
        int registersC = m == 8 ? 2 : 4;
        var zero = new StringBuilder();
        for (int i = 0; i < registersC; i++) zero.append("  mov.b32 %%c%d, 0;\n".formatted(i));
        return """
                .visible .entry %s(.param .u64 a, .param .u64 b, .param .u64 y)
                {
                  .reg .b32 %%t, %%g, %%j, %%o, %%a<4>, %%b<2>, %%c<4>;
                  .reg .b64 %%pa, %%pb, %%py, %%l;
                  mov.u32 %%t, %%laneid;
                  shr.u32 %%g, %%t, 2;
                  and.b32 %%j, %%t, 3;
                  ld.param.u64 %%pa, [a];
                  ld.param.u64 %%pb, [b];
                  ld.param.u64 %%py, [y];
                  mul.lo.u32 %%o, %%g, %d;
                  mad.lo.u32 %%o, %%j, 4, %%o;
                  cvt.u64.u32 %%l, %%o;
                  add.u64 %%pa, %%pa, %%l;
                  add.u64 %%pb, %%pb, %%l;
                  mul.lo.u32 %%o, %%g, 32;
                  mad.lo.u32 %%o, %%j, 8, %%o;
                  cvt.u64.u32 %%l, %%o;
                  add.u64 %%py, %%py, %%l;
                %s%s%s
                  mma.sync.aligned.%s.row.col.%s.%s.%s.%s {%s}, {%s}, {%s}, {%s};
                  st.global.v2.b32 [%%py], {%%c0, %%c1};
                %s
                  ret;
                }
                """.formatted(name, k * bytes, a, b, zero, shape, sum, type, type, sum, list("%c", registersC), list("%a", registersA),
                list("%b", registersB), list("%c", registersC), m == 8 ? "" : "  st.global.v2.b32 [%py+256], {%c2, %c3};");
    }

    private static String list(String name, int count) {
        if (count == 1) return name + "0";
        var list = new StringBuilder();
        for (int i = 0; i < count; i++) list.append(i == 0 ? "" : ", ").append(name).append(i);
        return list.toString();
    }

    private static String products() {
        return Texts.module("sm_80", product("big", "m16n8k32", "s8", "s32", 16, 32, 1) + product("middle", "m16n8k16", "s8", "s32", 16, 16, 1)
                + product("small", "m8n8k16", "s8", "s32", 8, 16, 1) + product("half", "m16n8k16", "f16", "f32", 16, 16, 2)
                + product("brain", "m16n8k16", "bf16", "f32", 16, 16, 2) + product("short", "m16n8k8", "f16", "f32", 16, 8, 2));
    }

    private static void product(String name, int m, int k) {
        var bench = new Bench();
        var random = new Random(k);
        byte[] a = new byte[m * k];
        byte[] b = new byte[8 * k];
        random.nextBytes(a);
        random.nextBytes(b);
        long y = bench.card.allocate(m * 32L);
        boolean whole = !name.equals("half") && !name.equals("brain") && !name.equals("short");
        long pa = whole ? bench.up(a) : bench.up(floats(a, name));
        long pb = whole ? bench.up(b) : bench.up(floats(b, name));
        bench.launch(products(), name, Extent.of(1), Extent.of(32), 0, pa, pb, y);
        int[] found = bench.ints(y, m * 8);
        for (int i = 0; i < m; i++)
            for (int j = 0; j < 8; j++) {
                int sum = 0;
                // Small whole numbers, so that floats hold every sum.
                for (int q = 0; q < k; q++) sum += whole ? a[i * k + q] * b[j * k + q] : a[i * k + q] / 8 * (b[j * k + q] / 8);
                assertThat(found[i * 8 + j]).as("%s %d, %d", name, i, j).isEqualTo(whole ? sum : Float.floatToIntBits(sum));
            }
    }

    /// Two to a word.
    private static int[] floats(byte[] values, String name) {
        int[] words = new int[values.length / 2];
        for (int i = 0; i < values.length; i++) {
            float value = values[i] / 8;
            int bits = name.equals("brain") ? Float.floatToIntBits(value) >>> 16 : Float.floatToFloat16(value) & 0xffff;
            words[i / 2] |= bits << 16 * (i % 2);
        }
        return words;
    }

    @Test
    void matricesAreMultiplied() {
        product("big", 16, 32);
        product("middle", 16, 16);
        product("small", 8, 16);
        product("half", 16, 16);
        product("brain", 16, 16);
        product("short", 16, 8);
    }

    /// A tile of 8 x 8 words of 16 bits comes back turned.
    private static final String TURNED = Texts.module("sm_80", """
            .visible .entry turn(.param .u64 x, .param .u64 y)
            {
              .reg .b32 %t, %a, %v;
              .reg .b64 %p;
              .shared .align 16 .b8 tile[128];
              mov.u32 %t, %tid.x;
              ld.param.u64 %p, [x];
              mad.wide.u32 %p, %t, 4, %p;
              ld.global.u32 %v, [%p];
              mov.u32 %a, tile;
              mad.lo.u32 %a, %t, 4, %a;
              st.shared.u32 [%a], %v;
              bar.sync 0;
              and.b32 %a, %t, 7;
              mul.lo.u32 %a, %a, 16;
              mov.u32 %v, tile;
              add.u32 %a, %a, %v;
              ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%v}, [%a];
              ld.param.u64 %p, [y];
              mad.wide.u32 %p, %t, 4, %p;
              st.global.u32 [%p], %v;
              ret;
            }
            """);

    @Test
    void aTileIsTurned() {
        var bench = new Bench();
        int[] x = new Random(2).ints(32).toArray();
        long y = bench.card.allocate(128);
        bench.launch(TURNED, "turn", Extent.of(1), Extent.of(32), 0, bench.up(x), y);
        int[] found = bench.ints(y, 32);
        for (int t = 0; t < 32; t++)
            for (int i = 0; i < 2; i++) {
                int row = 2 * (t % 4) + i;
                int column = t / 4;
                int element = x[row * 4 + column / 2] >>> 16 * (column % 2) & 0xffff;
                assertThat(found[t] >>> 16 * i & 0xffff).isEqualTo(element);
            }
    }

    /// Two tiles, stored turned or not, come back as they lie.
    private static String stored(String turned) {
        return Texts.module("sm_90", """
                .visible .entry store(.param .u64 x, .param .u64 y)
                {
                  .reg .b32 %%t, %%a, %%b, %%v, %%w;
                  .reg .b64 %%p;
                  .shared .align 16 .b8 tile[256];
                  mov.u32 %%t, %%tid.x;
                  ld.param.u64 %%p, [x];
                  mad.wide.u32 %%p, %%t, 8, %%p;
                  ld.global.v2.u32 {%%v, %%w}, [%%p];
                  and.b32 %%a, %%t, 15;
                  mul.lo.u32 %%a, %%a, 16;
                  mov.u32 %%b, tile;
                  add.u32 %%a, %%a, %%b;
                  stmatrix.sync.aligned.m8n8.x2%s.shared.b16 [%%a], {%%v, %%w};
                  bar.warp.sync -1;
                  mad.lo.u32 %%b, %%t, 8, %%b;
                  ld.shared.v2.u32 {%%v, %%w}, [%%b];
                  ld.param.u64 %%p, [y];
                  mad.wide.u32 %%p, %%t, 8, %%p;
                  st.global.v2.u32 [%%p], {%%v, %%w};
                  ret;
                }
                """.formatted(turned));
    }

    @Test
    void tilesAreStored() {
        for (String turned : new String[] {"", ".trans"}) {
            var bench = new Bench();
            int[] x = new Random(8).ints(64).toArray();
            long y = bench.card.allocate(256);
            bench.launch(stored(turned), "store", Extent.of(1), Extent.of(32), 0, bench.up(x), y);
            int[] found = bench.ints(y, 64);
            for (int matrix = 0; matrix < 2; matrix++)
                for (int t = 0; t < 32; t++)
                    for (int i = 0; i < 2; i++) {
                        // Thread t holds elements 2 (t % 4) + i of row t / 4, or of column t / 4.
                        int row = turned.isEmpty() ? t / 4 : t % 4 * 2 + i;
                        int column = turned.isEmpty() ? t % 4 * 2 + i : t / 4;
                        int element = matrix * 64 + row * 8 + column;
                        assertThat(found[element / 2] >>> 16 * (element % 2) & 0xffff).isEqualTo(x[t * 2 + matrix] >>> 16 * i & 0xffff);
                    }
            Ptxas.accepts(stored(turned), "sm_90");
        }
    }

    @Test
    void theAssemblerTakesThem() {
        Ptxas.accepts(text(), "sm_90");
        Ptxas.accepts(products(), "sm_80");
        Ptxas.accepts(TURNED, "sm_80");
    }
}
