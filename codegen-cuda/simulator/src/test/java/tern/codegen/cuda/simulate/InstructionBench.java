package tern.codegen.cuda.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import tern.codegen.cuda.Gpu.Extent;

/// Instructions in kernels of their own, run on edge values and random ones, and compared with plain Java.
final class InstructionBench {

    private static final int THREADS = 256;

    interface Meaning {
        long of(long a, long b, long c);
    }

    /// @param body  instructions on `%a`, `%b`, `%c` that leave `%d`
    /// @param types of d, a, b, c
    record Case(String body, String[] types, Meaning meaning) {}

    private final List<Case> cases = new ArrayList<>();
    private final String target;

    InstructionBench(String target) {
        this.target = target;
    }

    /// @param types of d, a, b, c: `b32 b32 b32 b32`; the last ones may be missing
    InstructionBench add(String types, String body, Meaning meaning) {
        cases.add(new Case(body, types.split(" "), meaning));
        return this;
    }

    String text() {
        var text = new StringBuilder(".version 8.3\n.target " + target + "\n.address_size 64\n");
        for (int i = 0; i < cases.size(); i++) text.append(entry("i" + i, cases.get(i)));
        return text.toString();
    }

    private static String entry(String name, Case each) {
        var text = new StringBuilder("""
                .visible .entry %s(.param .u64 d, .param .u64 a, .param .u64 b, .param .u64 c)
                {
                  .reg .b64 %%at, %%p;
                  .reg .b32 %%t, %%u, %%v;
                  .reg .pred %%q, %%s;
                  mov.u32 %%t, %%tid.x;
                """.formatted(name));
        for (int i = 0; i < each.types().length; i++)
            text.append("  .reg .%s %%%c;\n".formatted(each.types()[i], "dabc".charAt(i)));
        for (int i = 1; i < each.types().length; i++)
            text.append("""
                      ld.param.u64 %%p, [%2$c];
                      mad.wide.u32 %%at, %%t, 8, %%p;
                      ld.global.b%1$s %%%2$c, [%%at];
                    """.formatted(bits(each.types()[i]), "dabc".charAt(i)));
        text.append("  ").append(each.body()).append("\n");
        text.append("""
                  ld.param.u64 %%p, [d];
                  mad.wide.u32 %%at, %%t, 8, %%p;
                  st.global.b%s [%%at], %%d;
                  ret;
                }
                """.formatted(bits(each.types()[0])));
        return text.toString();
    }

    private static String bits(String type) {
        return type.replaceAll("\\D", "");
    }

    void run() {
        var bench = new Bench();
        var module = bench.card.load(text());
        var random = new Random(5);
        for (int i = 0; i < cases.size(); i++) {
            Case each = cases.get(i);
            long[][] values = new long[3][];
            for (int v = 0; v < 3; v++) values[v] = values(random, each, v);
            long out = bench.up(new long[THREADS]);
            long[] at = {out, bench.up(values[0]), bench.up(values[1]), bench.up(values[2])};
            var arguments = java.util.Arrays.stream(at).mapToObj(tern.codegen.cuda.Gpu.Argument::of).toList();
            bench.card.stream().give(new tern.codegen.cuda.Gpu.Launch(module.function("i" + i), Extent.of(1),
                    Extent.of(THREADS), 0, arguments));
            long[] found = bench.longs(out, THREADS);
            long mask = Type.mask(Integer.parseInt(bits(each.types()[0])));
            for (int t = 0; t < THREADS; t++) {
                long expected = each.meaning().of(values[0][t], values[1][t], values[2][t]) & mask;
                assertThat(found[t]).as("%s of %x, %x, %x: %x, not %x", each.body(), values[0][t], values[1][t], values[2][t],
                        found[t], expected).isEqualTo(expected);
            }
        }
    }

    private static final long[] EDGES = {0, 1, -1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffffL, 0x8000_0000L,
        0xffff_ffffL, Long.MAX_VALUE, Long.MIN_VALUE, 31, 32, 33, 63, 64, 65, 0x3f80_0000, 0xbf80_0000L, 0x7f80_0000, 0xff80_0000L,
        0x7fc0_0000, 0x7f7f_ffff, 0x0000_0001, 0x007f_ffff, 0x3c00, 0x7c00, 0xfc00, 0x7bff, 0x0400, 0x03ff};

    private static long[] values(Random random, Case each, int operand) {
        long[] values = new long[THREADS];
        boolean used = operand + 1 < each.types().length;
        String type = used ? each.types()[operand + 1] : "b64";
        long mask = Type.mask(Integer.parseInt(bits(type)));
        for (int t = 0; t < THREADS; t++) {
            values[t] = switch (random.nextInt(4)) {
                case 0 -> EDGES[random.nextInt(EDGES.length)];
                case 1 -> random.nextInt(80);
                // Floats of like size, so that sums of them round.
                case 2 -> type.equals("f32") ? Float.floatToRawIntBits((float) random.nextGaussian() * 100) : random.nextLong();
                default -> random.nextLong();
            } & mask;
        }
        return values;
    }
}
