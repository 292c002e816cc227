package tern.ir.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.ir.Codec;
import tern.ir.Element;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Formula;
import tern.ir.Layout;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.ir.ScaleType;
import tern.ir.Schedule;

class TirTest {

    private static Tir parse(String text) {
        return Tir.parse(new Source("test.tir", text));
    }

    /// The whole message, and nothing but it.
    private static void assertWrong(String text, String message) {
        IrException e = catchThrowableOfType(IrException.class, () -> parse(text));
        assertThat(e).as(text).isNotNull();
        assertEquals(message.stripTrailing(), e.getMessage());
    }

    static Stream<Packing> packings() {
        return Tir.library().allPackings().stream();
    }

    @ParameterizedTest
    @MethodSource("packings")
    void theLibraryIsSound(Packing packing) {
        assertThat(PackingCheck.of(packing).problems()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("packings")
    void packingsParseBack(Packing packing) {
        String text = Printer.printWithCodecs(packing);
        Tir parsed = Tir.parse(new Source("printed", text), null);
        assertEquals(packing, parsed.packing(packing.name()));
        assertEquals(text, parsed.print());
    }

    static Stream<KernelDef> kernels() {
        Tir more = parse("""
                kernel precedence(x: i8[n, k], w: weight[m, k], a: f32[n], b: f32[m], c: f32, d: f32[m, n]) -> out: f32[n, m] {
                    out[t, k] = a[t] - (b[k] - c) * 2 + 0.5 * (sum(i: w[k, i] * x[t, i]) * -1.5e-3) - (a[t] * (b[k] * c))
                        + min(max(c, 1), silu(d[k, t]))
                }
                kernel integers(x: i8[n, k], w: weight[m, k], v: weight[m, k]) -> y: i32[n, m] {
                    y[i, j] = relu(sum(k: x[i, k] * w[j, k]) - sum(k: x[i, k] * v[j, k]))
                }
                """);
        return Stream.concat(Tir.library().allKernels().stream(), more.kernels().stream());
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void kernelsParseBack(KernelDef kernel) {
        String text = Printer.print(kernel);
        KernelDef parsed = Tir.parse(new Source("printed", text), null).kernel(kernel.name());
        assertEquals(kernel, new KernelDef(parsed.name(), kernel.source(), kernel.line(), parsed.params(), parsed.result(), parsed.formula()));
        assertEquals(text, Printer.print(parsed));
    }

    @Test
    void codecsParseBack() {
        List<Codec> codecs = List.of(
                new Codec.Map("a", 3, Arrays.asList(-1, null, 5)),
                new Codec.Map("b", 7, Arrays.asList(null, 0, 1)),
                new Codec.Radix("c", 4, -2, 2, 3, 6, true, false),
                new Codec.Radix("d", 3, 0, 1, 1, 2, false, true),
                new Codec.Signed("e", 5, 2, 4),
                new Codec.Planes("f"),
                new Codec.Twos("g", 6),
                new Codec.Table("h", 2, 3, Arrays.asList(List.of(0, 1), null, List.of(-1, 1), null)),
                new Codec.Split(new Codec.Table("i", 2, 3, Arrays.asList(List.of(0, 1), null, List.of(-1, 1))), parts("index", 2, "sign", 1)),
                new Codec.Split(new Codec.Radix("j", 3, -1, 2, 3, 5, true, true), parts("bits", 1, "most", 4)),
                new Codec.Split(new Codec.Map("k", 2, Arrays.asList(-1, 0, 1)), parts("low", 1, "high", 1)),
                new Codec.Split(new Codec.Twos("l", 4), parts("low", 3, "sign", 1)));
        for (Codec codec : codecs) {
            String text = Printer.print(codec);
            assertEquals(codec, Tir.parse(new Source("printed", text), null).codec(codec.name()), text);
        }
    }

    private static List<Codec.Field> parts(String low, int lowBits, String high, int highBits) {
        return List.of(new Codec.Field(low, lowBits), new Codec.Field(high, highBits));
    }

    @Test
    void fieldsOfACodeHaveNamesOfTheirOwn() {
        String text = "codec two = table(1) in low 1 bits, low 1 bits { 0: 1; }";
        assertThatThrownBy(() -> Tir.parse(new Source("fields", text), null)).hasMessageContaining("codec two: two fields of one name");
    }

    /// One of each kind.
    private static final List<Schedule> SCHEDULES = List.of(
            new Schedule.Vector("bitlinear", "tri5r32", Schedule.Strategy.TABULATE, 32, 4, 1, 28, 2, true),
            new Schedule.Vector("bitlinear", "i2_s", Schedule.Strategy.DECODE, 16, 2, 8, 1, 1, false),
            new Schedule.Matrix("bitlinear", "tri5r32", 32, 48),
            new Schedule.Vector("bitlinear", "i2_s", Schedule.Strategy.BYTES, 32, 2, 1, 4, 1, false),
            new Schedule.Lanes("bitlinear", "tq2_0"),
            new Schedule.Dp4a("bitlinear", "i2_s", 8, 2, 1, 4, 2, 4),
            new Schedule.Mma("bitlinear", "i2_s", 2, 16, 8, 4, 2),
            new Schedule.Tiles("bitlinear", "i2_s", 2, 64, 8, 3),
            new Schedule.Warpgroups("bitlinear", "i2_s", 4, 112, 8, 4),
            new Schedule.Vector("bitlinear", "i2_s", Schedule.Strategy.FOURS, 32, 2, 1, 4, 1, false));

    @Test
    void schedulesParseBack() {
        for (Schedule schedule : SCHEDULES)
            for (String target : List.of("avx512", "AMD EPYC, 2 cores")) {
                String text = Printer.print(target, schedule);
                assertEquals(List.of(new Tir.Planned(target, schedule)), parse(text).schedules(), text);
            }
        assertEquals(new Schedule.Vector("bitlinear", "hf", Schedule.Strategy.DECODE, 1, 1, 1, 1, 1, false),
                parse("schedule for bitlinear on h200 { packing hf; strategy decode; }").schedules().getFirst().schedule());
    }

    @Test
    void everyWayIsPrintedByItsName() {
        assertThat(SCHEDULES.stream().map(Schedule::way).toList())
                .containsExactlyInAnyOrderElementsOf(Stream.concat(Schedule.Cpu.WAYS.stream(), Schedule.Gpu.WAYS.stream()).toList());
        for (Schedule schedule : SCHEDULES)
            assertThat(Printer.print("t", schedule)).contains((schedule instanceof Schedule.Gpu ? "unit " : "strategy ") + schedule.way() + ";");
    }

    /// Schedules as Tern printed them until November 2026, into records and bundles: each number was written, whether or not there was a choice.
    @Test
    void schedulesOfEarlierVersionsAreRead() {
        assertReads("strategy tabulate; lanes 32; row tiles 4; tokens 1; k tiles 28; panel 2; rolled;", SCHEDULES.get(0));
        assertReads("strategy matrix; lanes 16; row tiles 1; tokens 32; k tiles 48; panel 1;", new Schedule.Matrix("bitlinear", "i2_s", 32, 48));
        assertReads("unit lanes; k lanes 1; row tiles 1; tokens 1; warps 1; split 1; unroll 1;", new Schedule.Lanes("bitlinear", "i2_s"));
        assertReads("unit dp4a; k lanes 8; row tiles 2; tokens 1; warps 4; split 2; unroll 4;", SCHEDULES.get(5));
        assertReads("unit mma; k lanes 4; row tiles 2; tokens 16; warps 8; split 4; unroll 2;", SCHEDULES.get(6));
        assertReads("unit tiles; k lanes 4; row tiles 2; tokens 64; warps 8; split 1; unroll 3;", SCHEDULES.get(7));
        assertReads("unit groups; k lanes 4; row tiles 4; tokens 112; warps 8; split 1; unroll 4;", SCHEDULES.get(8));
        // Records and bundles are found by these texts.
        assertEquals("""
                schedule for bitlinear on avx512 {
                    packing tri5r32;
                    strategy tabulate;
                    lanes 32;
                    row tiles 4;
                    tokens 1;
                    k tiles 28;
                    cache block 2;
                    rolled;
                }
                """, Printer.print("avx512", SCHEDULES.get(0)));
    }

    private static void assertReads(String settings, Schedule expected) {
        String text = "schedule for bitlinear on avx512 { packing " + expected.packing() + "; " + settings + " }";
        assertEquals(expected, parse(text).schedules().getFirst().schedule(), text);
    }

    @Test
    void placesAreLayouts() {
        Packing packing = Tir.library().packing("tq2_0");
        assertEquals(new Packing.TileLayout(Layout.of(0, 1, 0), Layout.of(0, 32, 8, 4, 2, 2, 256)),
                packing.sections().getFirst().fields().getFirst());
        assertEquals(66, packing.tileBytes());
        assertEquals(new Packing.Scale(ScaleType.F16, Packing.Where.TILE, new Packing.TileLayout(Layout.of(64, 1, 0), Layout.of(0, 256, 0))), packing.scale());
        assertEquals(256, packing.group());
        assertEquals("k%32*8 + k/32%4*2 + k/128*256", Printer.print(packing.sections().getFirst().fields().getFirst()));
        assertEquals("6 + k%32*8 - k/32*2",
                Printer.print(Tir.library().packing("i2_s").sections().getFirst().fields().getFirst()));
    }

    @Test
    void kernelsKnowTheirPlace() {
        KernelDef kernel = Tir.library().kernel("bitlinear");
        assertEquals("library/kernels.tir", kernel.source());
        assertEquals(5, kernel.line());
        assertEquals(new Formula.Dot("x", "w"),
                ((Formula.Apply) ((Formula.Apply) kernel.formula()).arguments().getFirst()).arguments().getFirst());
    }

    @Test
    void namesAreLookedUpInTheParent() {
        Tir own = parse("codec two = map(0, 1) in 1 bits\npacking mine { tile rows 1, k 8; codec two; code at k; }");
        assertEquals(1, own.packings().size());
        assertEquals(Tir.library().allPackings().size() + 1, own.allPackings().size());
        assertEquals(new Codec.Map("two", 1, List.of(0, 1)), own.packing("mine").sections().getFirst().codec());
        assertEquals(Tir.library().packing("i2_s"), own.packing("i2_s"));
        assertThatThrownBy(() -> Tir.parse(new Source("a", "codec a = planes"), null).codec("b"))
                .hasMessage("no codec is named 'b'; there are a");
    }

    @Test
    void everyWordMayBeAName() {
        parse("codec codec = planes packing tile { tile rows 1, k 8; codec codec; nonzero at k; sign at 8 + k; }");
        parse("kernel kernel(rows: i8[n, k], k: weight[m, k]) -> scale: i32[n, m] { scale[at, in] = sum(of: rows[at, of] * k[in, of]) }");
    }

    @Test
    void syntax() {
        assertWrong("codec two = map(-1 0) in 2 bits", """
                test.tir:1:20: expected ',' or ')', found '0'
                  codec two = map(-1 0) in 2 bits
                                     ^""");
        assertWrong("packing a {\n  tile rows 4, k 2\n  codec two;\n}", """
                test.tir:3:3: expected ';', found 'codec'
                    codec two;
                    ^^^^^""");
        assertWrong("codec a = planes\n$", """
                test.tir:2:1: no word of the language begins with '$'
                  $
                  ^""");
        assertWrong("codec a =", """
                test.tir:1:10: expected 'map', 'signed', 'planes', 'int', 'table' or 'base3', found the end of the text
                  codec a =
                           ^""");
        assertWrong("frobnicate", """
                test.tir:1:1: expected the end of the text, 'codec', 'packing', 'kernel' or 'schedule', found 'frobnicate'
                  frobnicate
                  ^^^^^^^^^^""");
    }

    @Test
    void codecs() {
        assertWrong("codec a = base3(4) in 5 bits", """
                test.tir:1:11: codec a: 81 codes do not fit 5 bits, which hold 32
                  codec a = base3(4) in 5 bits
                            ^^^^^^^^^^^^^^^^^^""");
        assertWrong("codec a = table(2) in 2 bits { 0: 1; 0: 1 1; 0: 0 0; 4: 1 1; }", """
                test.tir:1:32: code 0 has 1 digits, expected 2
                  codec a = table(2) in 2 bits { 0: 1; 0: 1 1; 0: 0 0; 4: 1 1; }
                                                 ^^^^
                test.tir:1:46: code 0 is listed twice
                  codec a = table(2) in 2 bits { 0: 1; 0: 1 1; 0: 0 0; 4: 1 1; }
                                                               ^
                test.tir:1:54: code 4 does not fit 2 bits
                  codec a = table(2) in 2 bits { 0: 1; 0: 1 1; 0: 0 0; 4: 1 1; }
                                                                       ^""");
        assertWrong("codec a = planes codec a = planes", """
                test.tir:1:24: a second codec named a
                  codec a = planes codec a = planes
                                         ^""");
        assertWrong("codec a = map(99999999999) in 1 bits", """
                test.tir:1:15: 99999999999 is too large; numbers go up to 16777216
                  codec a = map(99999999999) in 1 bits
                                ^^^^^^^^^^^""");
    }

    /// A packing p with one problem, at the first occurrence of `at`.
    private static void assertPackingWrong(String statements, String at, String problem) {
        String text = "packing p { " + statements + " }";
        assertWrong(text, "test.tir:1:%d: %s\n  %s\n  %s%s".formatted(text.indexOf(at) + 1, problem, text,
                " ".repeat(text.indexOf(at)), "^".repeat(at.length())));
    }

    private static void assertPackingUnsound(String statements, String problem) {
        String text = "packing p { " + statements + " }";
        assertWrong(text, "test.tir:1:9: %s\n  %s\n          ^".formatted(problem, text));
    }

    @Test
    void statements() {
        assertPackingUnsound("codec two; code at k;", "packing p has no tile");
        assertPackingUnsound("tile rows 1, k 8; code at k;", "no codec is given");
        assertPackingUnsound("tile rows 1, k 8; codec two;", "codec two has a field 'code', which has no place here");
        assertPackingWrong("tile rows 1, k 8; codec three; code at k*2;", "three", "no codec is named three");
        assertPackingWrong("tile rows 1, k 8; codec two; code at k*2; sign at k;", "sign", "codec two has no field 'sign'");
        assertPackingWrong("tile rows 1, k 8; codec two; code at k*2; tile rows 1, k 4;", "tile rows 1, k 4", "a second 'tile'");
        assertPackingWrong("tile rows 512, k 256; codec two; code at k*2;", "tile rows 512, k 256",
                "a tile of 512 x 256 weights; at most 65536 weights");
        assertPackingWrong("tile rows 1, k 8; word i12; codec two; code at k*2;", "i12", "no element type 'i12'");
        assertPackingWrong("tile rows 1, k 8; codec two; code at k*2; tiles k within k;", "tiles k within k",
                "tiles lie 'k within rows' or 'rows within k'");
        assertPackingWrong("tile rows 1, k 8; section k 0..9 { codec two; code at k*2; }", "k 0..9", "0..9 is no range within 0..8");
    }

    @Test
    void packingsThatAreNone() {
        assertPackingUnsound("tile rows 1, k 8; codec two; code at k; word i16;", "code at bits 1..2 of the tile overlaps another code");
        assertPackingUnsound("tile rows 1, k 8; codec two; code at k*2; word f32;", "a word is i8, i16, i32 or i64, not f32");
        assertPackingUnsound("tile rows 1, k 8, 3 bytes; codec two; code at k*2; word i16;", "3 bytes a tile are no whole number of i16 words");
        assertPackingUnsound("tile rows 1, k 8, 1 bytes; codec two; code at k*2;", "code of row 0, k 4 lies at bits 8..9 of a tile of 8 bits");
        assertPackingUnsound("tile rows 1, k 3; codec tri5; digit k; code at 4; word i8;", "code at bits 4..8 straddles i8 words");
        assertPackingUnsound("tile rows 1, k 4; codec tri5; digit k; code at 0;", "row 0, k 3 is digit 3 of codec tri5, which has digits 0..2");
        assertPackingUnsound("tile rows 2, k 3; codec tri5; digit k; code at 0;",
                "row 0, k 0 is stored in the same digit of the same code as another weight");
        assertPackingUnsound("tile rows 1, k 4; codec two; code at k*2; scale f16 at 0;", "scale at bits 0..15 of the tile overlaps code");
        assertPackingUnsound("tile rows 1, k 4; codec two; code at k*2; tail 2 bytes { scale f32 at 0; }",
                "scale at bits 0..31 lies outside the tail of 16 bits");
        assertPackingWrong("tile rows 1, k 4; codec two; code at k*2; scale i16 at 1;", "i16", "a scale is f16, bf16, f32 or e8m0, not i16");
        assertPackingWrong("tile rows 1, k 4; codec two; code at k*2; scale f16 at 1; tail 2 bytes { scale f16 at 0; }", "scale f16 at 0",
                "a packing has one scale statement");
        assertPackingUnsound("tile rows 1, k 4; codec two; code at k*2; scale e8m0 at 1 + k%2;", "k 0 and k 2 share a scale, those between them have another");
        assertPackingUnsound("tile rows 1, k 4; codec two; code at k*2; scale f16 at 1 + k/2;", "scale at bits 16..31 of the tile overlaps another scale");
        assertPackingUnsound("tile rows 2, k 4; codec two; code at k*2 + row*8; tail 8 bytes { scale f32 at row*4; }",
                "a scale in the tail is that of the tensor: its place is the same for all of them");
        assertPackingUnsound("tile rows 1, k 4; word i16; codec two; code at k*2; head 1 bytes { scale e8m0 at 0; }",
                "a head of 1 bytes is no whole number of i16 words");
        assertPackingUnsound("tile rows 1, k 8; section k 0..4 { codec two; code at 0; } section k 3..8 { codec two; code at k; }",
                "sections rows 0..1, k 0..4 and rows 0..1, k 3..8 share row 0, k 3");
        assertPackingUnsound("tile rows 1, k 8; section k 0..4 { codec two; code at k*2; }", "no section holds row 0, k 4");
        assertPackingUnsound("tile rows 1, k 8; codec flags; nonzero at k; sign at k;", "sign at bits 0..0 of the tile overlaps nonzero");
    }

    @Test
    void places() {
        assertPackingWrong("tile rows 4, k 12; codec two; code at k/3 + k/2*5;", "k/2*5", "2 does not divide 3, at which another term cuts k");
        assertPackingWrong("tile rows 4, k 9; codec tri5; digit k%4; code at row*16;", "k%4", "4 does not divide the 9 of k");
        assertPackingWrong("tile rows 4, k 9; codec tri5; code at column;", "column", "unknown axis 'column'; there are row and k");
        assertPackingWrong("tile rows 4, k 9; codec two; code at k/0;", "0", "0 is not allowed here");
        assertPackingWrong("tile rows 4, k 9; codec two; code at k*9999999 + row*32;", "k*9999999", "k reaches positions beyond 16777216");
    }

    private static void assertKernelWrong(String formula, String at, String problem) {
        String text = "kernel q(x: i8[n, k], w: weight[m, k], s: f32[n]) -> y: f32[n, m] { y[i, j] = " + formula + " }";
        IrException e = catchThrowableOfType(IrException.class, () -> parse(text));
        assertThat(e).as(text).isNotNull();
        assertThat(e.diagnostics()).containsExactly(new Diagnostic(new Source("test.tir", text),
                new Source.Span(text.lastIndexOf(at), text.lastIndexOf(at) + at.length()), problem));
    }

    @Test
    void formulas() {
        assertKernelWrong("sum(k: x[i, k] * w[i, k])", "i", "'i' runs over n, 'w' has dimension m here");
        assertKernelWrong("sum(k: x[i, k] * x[i, k])", "sum(k: x[i, k] * x[i, k])", "a sum multiplies one i8 with one weight, found i8 and i8");
        assertKernelWrong("sum(k: x[i, k] * w[j, l])", "l", "'w' has dimension k here, which is 'k', not 'l'");
        assertKernelWrong("sum(k: x[i, k] * w[j])", "w[j]", "'w' has 2 dimensions, found 1 indices");
        assertKernelWrong("s[j]", "j", "'j' runs over m, 's' has dimension n here");
        assertKernelWrong("s[q]", "q", "unknown index 'q'; the result has i, j");
        assertKernelWrong("z", "z", "unknown parameter 'z'; there are x, w, s");
        assertKernelWrong("x[i, j]", "x[i, j]", "'x' is i8 and stands only in a sum over k");
        assertKernelWrong("exp(s[i])", "exp", "unknown function 'exp'; there are sum, min, max, relu, square and silu");
        assertKernelWrong("min(s[i])", "min(s[i])", "min takes 2, found 1");
        assertKernelWrong("1e99", "1e99", "1e99 does not fit f32");
    }

    @Test
    void kernelHeads() {
        assertWrong("kernel q(w: weight[k, m]) -> y: i8[n, m] { z[i] = 1 }", """
                test.tir:1:8: a kernel has one i8 parameter, the activations; found 0
                  kernel q(w: weight[k, m]) -> y: i8[n, m] { z[i] = 1 }
                         ^
                test.tir:1:10: weight has the dimensions [m, k], found [k, m]
                  kernel q(w: weight[k, m]) -> y: i8[n, m] { z[i] = 1 }
                           ^^^^^^^^^^^^^^^
                test.tir:1:30: i8 has the dimensions [n, k], found [n, m]
                  kernel q(w: weight[k, m]) -> y: i8[n, m] { z[i] = 1 }
                                               ^^^^^^^^^^^
                test.tir:1:33: a result is f32 or i32, not i8
                  kernel q(w: weight[k, m]) -> y: i8[n, m] { z[i] = 1 }
                                                  ^^
                test.tir:1:44: the result is named 'y', not 'z'
                  kernel q(w: weight[k, m]) -> y: i8[n, m] { z[i] = 1 }
                                                             ^
                test.tir:1:44: 'y' has 2 dimensions, found 1 indices
                  kernel q(w: weight[k, m]) -> y: i8[n, m] { z[i] = 1 }
                                                             ^^^^""");
        assertWrong("kernel q(x: i8[n, k], x: f32[n, k], z: f64) -> y: i32[n, m] { y[i, i] = 0.5 }", """
                test.tir:1:23: a second parameter 'x'
                  kernel q(x: i8[n, k], x: f32[n, k], z: f64) -> y: i32[n, m] { y[i, i] = 0.5 }
                                        ^
                test.tir:1:33: unknown dimension 'k'; a tensor of f32 has dimensions n (tokens), m (outputs) and k/64 (groups of 64)
                  kernel q(x: i8[n, k], x: f32[n, k], z: f64) -> y: i32[n, m] { y[i, i] = 0.5 }
                                                  ^
                test.tir:1:40: unknown type 'f64'; there are weight, i8, i32, f16, bf16 and f32
                  kernel q(x: i8[n, k], x: f32[n, k], z: f64) -> y: i32[n, m] { y[i, i] = 0.5 }
                                                         ^^^
                test.tir:1:68: index 'i' stands twice
                  kernel q(x: i8[n, k], x: f32[n, k], z: f64) -> y: i32[n, m] { y[i, i] = 0.5 }
                                                                                     ^
                test.tir:1:73: the formula is f32, the result i32
                  kernel q(x: i8[n, k], x: f32[n, k], z: f64) -> y: i32[n, m] { y[i, i] = 0.5 }
                                                                                          ^^^""");
    }

    @Test
    void schedules() {
        assertWrong("schedule for q on avx512 { packing p; strategy fast; lanes 0; rolled; rolled; }", """
                test.tir:1:14: no kernel is named q
                  schedule for q on avx512 { packing p; strategy fast; lanes 0; rolled; rolled; }
                               ^
                test.tir:1:36: no packing is named p
                  schedule for q on avx512 { packing p; strategy fast; lanes 0; rolled; rolled; }
                                                     ^
                test.tir:1:48: unknown strategy 'fast'; there are decode, tabulate, bytes, fours, matrix
                  schedule for q on avx512 { packing p; strategy fast; lanes 0; rolled; rolled; }
                                                                 ^^^^
                test.tir:1:71: a second 'rolled'
                  schedule for q on avx512 { packing p; strategy fast; lanes 0; rolled; rolled; }
                                                                                        ^^^^^^""");
    }

    @Test
    void aScheduleHasTheNumbersOfItsWayAlone() {
        assertWrong("schedule for bitlinear on avx512 { packing i2_s; strategy matrix; lanes 32; warps 2; k tiles 4; }", """
                test.tir:1:67: matrix always has lanes 16
                  schedule for bitlinear on avx512 { packing i2_s; strategy matrix; lanes 32; warps 2; k tiles 4; }
                                                                                    ^^^^^^^^
                test.tir:1:77: matrix has no 'warps'
                  schedule for bitlinear on avx512 { packing i2_s; strategy matrix; lanes 32; warps 2; k tiles 4; }
                                                                                              ^^^^^^^""");
        assertWrong("schedule for bitlinear on h200 { packing i2_s; unit dp5a; }", """
                test.tir:1:53: unknown unit 'dp5a'; there are lanes, dp4a, mma, tiles, warpgroups
                  schedule for bitlinear on h200 { packing i2_s; unit dp5a; }
                                                                      ^^^^""");
    }

    @Test
    void longLinesAreCut() {
        String text = " ".repeat(500) + "codec a = planes ?" + " ".repeat(500);
        IrException e = catchThrowableOfType(IrException.class, () -> parse(text));
        List<String> lines = e.getMessage().lines().toList();
        assertEquals("test.tir:1:518: no word of the language begins with '?'", lines.getFirst());
        assertThat(lines.get(1)).hasSizeLessThan(130).contains("planes ?");
        assertEquals(lines.get(1).indexOf('?'), lines.get(2).indexOf('^'));
    }
}
