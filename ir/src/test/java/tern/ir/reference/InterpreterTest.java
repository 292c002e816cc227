package tern.ir.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.ir.Element;
import tern.ir.device.CompileException;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.LoopChecker;
import tern.ir.loop.LoopParser;
import tern.ir.loop.Program;
import tern.ir.text.Source;

class InterpreterTest {

    /// b holds -128, -1, 0, 1, 127, 5, -6, 7; f see below.
    private static final String HEAD =
            """
            program p source "p.tir"
              n in 1..8
              inout b: i8[8]
              inout f: f32[8]
              out y: %s[%d]
              constant t: i16[4] = {10, 20, 30, 40}
              core c: i32[8]
              team a: i32[8]
            {
              %s
            }
            """;

    private static Program program(String type, int elements, String body) {
        Program program = LoopParser.parse(new Source("test", HEAD.formatted(type, elements, body)));
        assertThat(LoopChecker.structure(program)).isEmpty();
        return program;
    }

    private static MemorySegment run(String type, int elements, String body) {
        return run(program(type, elements, body), elements * Element.of(type).bytes(), 0);
    }

    private static MemorySegment run(Program program, int bytes, long seed) {
        byte[] y = new byte[bytes];
        try (var device = new ReferenceDevice(seed)) {
            var b = device.allocate(8);
            var f = device.allocate(32);
            var out = device.allocate(bytes);
            b.write(0, MemorySegment.ofArray(new byte[] {-128, -1, 0, 1, 127, 5, -6, 7}));
            f.write(0, MemorySegment.ofArray(new float[] {0.5f, 1.5f, -2.5f, Float.NaN, 1e30f, -0f, 16, -1e9f}));
            device.compile(program).launch(List.of(b, f, out), 3, 0);
            out.read(0, MemorySegment.ofArray(y));
        }
        return MemorySegment.ofArray(y);
    }

    private static String lanes(String type, MemorySegment memory) {
        Element element = Element.of(type);
        var elements = new Memory(Buf.in("y", element, Expr.i32(0), null), new Crew());
        long count = memory.byteSize() / element.bytes();
        elements.bind(memory, count);
        var lanes = new ArrayList<String>();
        for (long i = 0; i < count; i++)
            lanes.add(element.isFloat() ? Float.toString(elements.loadFloat(i)) : Long.toString(elements.load(i)));
        return String.join(" ", lanes);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        // integers wrap
        "i8; b[0 +: 4] + b[4 +: 4]; -1 4 -6 8",
        "i8; b[0 +: 4] - b[4 +: 4]; 1 -6 6 -6",
        "i8; b[0 +: 4] * 3:i8x4; -128 -3 0 3",
        "i8; -b[0 +: 4]; -128 1 0 -1",
        "i8; abs(b[0 +: 4]); -128 1 0 1",
        "i8; ~b[0 +: 4]; 127 0 -1 -2",
        "i8; mulhi(b[0 +: 4], b[4 +: 4]); -64 -1 0 0",
        "u8; mulhi(b[0 +: 4] bits u8x4, b[4 +: 4] bits u8x4); 63 4 0 0",
        "i64; mulhi(-9223372036854775808:i64, 4:i64); -2",
        "u64; mulhi(-1:u64, 4:u64); 3",
        "u32; mulhi(-1:u32, -1:u32); 4294967294",
        "i32; -7 / 2; -3",
        "i32; -7 % 3; -1",
        "u8; 250:u8 / 7:u8; 35",
        // bits and shifts
        "i8; b[4 +: 4] & 6:i8x4; 6 4 2 6",
        "i8; b[4 +: 4] | 8:i8x4; 127 13 -6 15",
        "i8; b[4 +: 4] ^ -1:i8x4; -128 -6 5 -8",
        "i8; b[0 +: 4] << 7; 0 -128 0 -128",
        "i8; b[0 +: 4] >> 1; -64 -1 0 0",
        "i8; b[0 +: 4] >>> 1; 64 127 0 0",
        // min, max, compare, select
        "i8; min(b[0 +: 4], 0:i8x4); -128 -1 0 0",
        "u8; max(b[0 +: 4] bits u8x4, 3:u8x4); 128 255 3 3",
        "i8; select(b[0 +: 4] < 0:i8x4, 1:i8x4, b[4 +: 4]); 1 1 -6 7",
        "i8; select((b[0 +: 4] >= 0:i8x4) ^ (b[0 +: 4] != 1:i8x4), 1:i8x4, 0:i8x4); 1 1 0 1",
        "bool; b[0 +: 4] bits u8x4 > 1:u8x4; 1 1 0 0",
        "bool; f[0 +: 4] == f[0 +: 4]; 1 1 1 0",
        "bool; f[0 +: 4] != f[0 +: 4]; 0 0 0 1",
        // conversions
        "i32; b[0 +: 4] as i32x4; -128 -1 0 1",
        "i32; b[0 +: 4] bits u8x4 as i32x4; 128 255 0 1",
        "i8; 300:i16 as i8; 44",
        "u8; -1:i32 as u8; 255",
        "f32; b[0 +: 4] as f32x4; -128.0 -1.0 0.0 1.0",
        "f32; 16777217 as f32; 1.6777216E7",
        "f32; 16777219 as f32; 1.677722E7",
        "f32; -1:u64 as f32; 1.8446744E19",
        "i32; f[0 +: 8] as i32x8; 0 1 -2 0 2147483647 0 16 -1000000000",
        "i8; f[4 +: 4] as i8x4; -1 0 16 0",
        "f16; 2049.0 as f16; 2048.0",
        "f16; 65520.0 as f16; Infinity",
        "bf16; 257.0 as bf16; 256.0",
        "bf16; 259.0 as bf16; 260.0",
        "i32; 1.0 bits i32; 1065353216",
        "u16; (1.0 as bf16) bits u16; 16256",
        "f32; 15360:u16 bits f16 as f32; 1.0",
        // floats
        "f32; f[0 +: 4] + 1.0:f32x4; 1.5 2.5 -1.5 NaN",
        "f32; f[0 +: 4] / 0.0:f32x4; Infinity Infinity -Infinity NaN",
        "f32; round(f[0 +: 4]); 0.0 2.0 -2.0 NaN",
        "f32; sqrt(f[6]); 4.0",
        "f32; abs(f[2]); 2.5",
        "f32; -f[5]; 0.0",
        "f32; min(f[5], 0.0); -0.0",
        "f32; fma(1.00000012, 1.00000012, -1.00000024); 1.4210855E-14",
        // lanes
        "i8; b[3] splat i8x4; 1 1 1 1",
        "i16; lookup(t[0 +: 4], b[1 +: 4] as i16x4); 40 10 20 40",
        "i8; shuffle(b[0 +: 8], [7, 7, 0, 4]); 7 7 -128 127",
        "i8; reduce_add(b[0 +: 8]); 5",
        "i8; reduce_min(b[0 +: 8]); -128",
        "i8; reduce_xor(b[4 +: 4]); -121",
        "f32; reduce_add(shuffle(f[0 +: 8], [4, 0, 1, 2, 6, 1, 1, 1])); 1.0E30",
        "f32; reduce_add(shuffle(f[0 +: 8] * shuffle(1.0:f32x8, [0, 0, 0, 0, 0, 0, 0, 0]), [4, 6, 6, 6])) * 0.0; 0.0",
        "i32; dot(100, b[4 +: 4], b[4 +: 4]); 16339",
        "i32; dot(1:i32x2, b[0 +: 8], 255:u8x8); -32639 33916",
        // guarded loads
        "i8; b[4 +: 8 below 6]; 127 5 0 0 0 0 0 0",
        "i8; b[6 +: 4]; -6 7 0 0",
    })
    void operations(String type, String expr, String expected) {
        int lanes = expected.split(" ").length;
        String width = lanes == 1 ? "" : " +: " + lanes;
        assertThat(lanes(type, run(type, lanes, "y[0" + width + "] = " + expr))).isEqualTo(expected);
    }

    @Test
    void floatSumsFoldTheUpperHalfOntoTheLower() {
        // ((a + c) + (b + d)), not ((a + b) + c) + d: 1e30 and -1e30 lie 2 apart and cancel first.
        String body = "f[0] = 1.0E30 f[2] = -1.0E30 f[1] = 1.0 f[3] = 2.0 y[0] = reduce_add(f[0 +: 4])";
        assertThat(lanes("f32", run("f32", 1, body))).isEqualTo("3.0");
        String other = "f[0] = 1.0E30 f[1] = -1.0E30 f[2] = 1.0 f[3] = 2.0 y[0] = reduce_add(f[0 +: 4])";
        assertThat(lanes("f32", run("f32", 1, other))).isEqualTo("0.0");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "for i in 0..8 { y[i] = i * i }; 0 1 4 9 16 25 36 49",
        "for i in 1..8 step 3 { y[i] = i }; 0 1 0 0 4 0 0 7",
        "for i in 5..n { y[i] = 1 }; 0 0 0 0 0 0 0 0",
        "for i in 0..8 on cores { y[i] = i }; 0 1 2 3 4 5 6 7",
        "c[0] = 4 c[1] = 2 for i in c[..2] { y[i] = 1 }; 0 0 1 0 1 0 0 0",
        "var s: i32 = 1 for i in 0..8 { s += s y[i] = s }; 2 4 8 16 32 64 128 256",
        "for i in 0..8 { let s: i32 = i if s > n { y[s] = n } }; 0 0 0 0 3 3 3 3",
        "y[1 +: 4 below 4] = 7:i32x4; 0 7 7 7 0 0 0 0",
        "for i in 0..8 on cores { a[i] = i } barrier cores for j in 0..8 on cores { y[j] = a[7 - j] }; 7 6 5 4 3 2 1 0",
        "for b0 in 0..2 on blocks { for w in 0..2 on warps { for l in 0..2 on threads { c[w * 2 + l] = b0 } } barrier threads "
                + "for k in 0..4 on threads { y[b0 * 4 + k] = c[3 - k] } }; 0 0 0 0 1 1 1 1",
        "a[0 +: 8] = 3:i32x8 copy c[0 +: 4] = a[0 +: 4] wait 0 y[0 +: 4] = c[0 +: 4]; 3 3 3 3 0 0 0 0",
        "a[0 +: 8] = 3:i32x8 copy c[0 +: 1] = a[0 +: 1] wait 1 copy c[1 +: 1] = a[1 +: 1] wait 1 y[0] = c[0]; 3 0 0 0 0 0 0 0",
    })
    void statements(String body, String expected) {
        for (long seed = 0; seed < 5; seed++)
            assertThat(lanes("i32", run(program("i32", 8, body), 32, seed))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "@3 for i in 0..9 { y[i] = i }; p, p.tir:3: y[i] = i (i = 8): writes element 8 of y, which has 8",
        "y[0] = c[3]; p, p.tir: y[0] = c[3]: reads element 3 of c, which nobody wrote",
        "y[0] = t[4] as i32; p, p.tir: y[0] = t[4] as i32: reads element 4 of t, which has 4",
        "y[0] = b[n - 4] as i32; p, p.tir: y[0] = b[n - 4] as i32: reads element -1 of b, which has 8",
        "y[0] = b[72] as i32; p, p.tir: y[0] = b[72] as i32: reads element 72 of b, which has 8",
        "if 1 / (n - 3) > 0 { wait 0 }; p, p.tir: if 1 / (n - 3) > 0: divides by zero",
        "y[0] = 1 << (n + 29); p, p.tir: y[0] = 1 << n + 29: shifts i32 by 32",
        "for i in 0..8 on cores { y[0] = i }; writes element 0 of y, which another parallel iteration wrote as well, with another value",
        "for i in 0..8 on cores { a[i] = i } for j in 0..8 on cores { y[j] = a[7 - j] }; "
                + "which another parallel iteration wrote without a barrier between",
        "for i in 0..8 on cores { c[i] = i } barrier cores for j in 0..8 on cores { y[j] = c[j] }; "
                + "which another parallel iteration wrote without a barrier between",
        "for l in 0..2 on threads { c[l] = l } for k in 0..2 on threads { y[k] = c[1 - k] }; "
                + "which another parallel iteration wrote without a barrier between",
        "a[0 +: 8] = 3:i32x8 copy c[0 +: 4] = a[0 +: 4] y[0] = c[0]; reads element 0 of c, which nobody wrote",
        "a[0 +: 8] = 3:i32x8 copy c[0 +: 1] = a[0 +: 1] wait 1 y[0] = c[0]; reads element 0 of c, which nobody wrote",
    })
    void faults(String body, String message) {
        assertThatThrownBy(() -> run("i32", 8, body)).isInstanceOf(Fault.class).hasMessageEndingWith(message);
    }

    @Test
    void barriersInsideOfParallelLoopsAreRefused() {
        Program program = LoopParser.parse(new Source(
                "test", HEAD.formatted("i32", 8, "for w in 0..2 on warps { barrier threads }")));
        assertThatThrownBy(() -> run(program, 32, 0))
                .isInstanceOf(CompileException.class)
                .hasMessage("p: the reference cannot wait at a barrier threads inside a loop on warps");
    }
}
