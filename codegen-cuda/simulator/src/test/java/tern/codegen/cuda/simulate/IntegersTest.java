package tern.codegen.cuda.simulate;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;

/// Integer and bit instructions against plain Java.
class IntegersTest {

    private static BigInteger unsigned(long v) {
        return new BigInteger(Long.toUnsignedString(v));
    }

    private static InstructionBench arithmetic() {
        return new InstructionBench("sm_90")
                .add("b32 b32 b32", "add.s32 %d, %a, %b;", (a, b, _) -> (int) a + (int) b)
                .add("b64 b64 b64", "add.u64 %d, %a, %b;", (a, b, _) -> a + b)
                .add("b16 b16 b16", "add.u16 %d, %a, %b;", (a, b, _) -> a + b)
                .add("b32 b32 b32", "add.sat.s32 %d, %a, %b;", (a, b, _) -> Math.clamp((long) (int) a + (int) b, Integer.MIN_VALUE, Integer.MAX_VALUE))
                .add("b32 b32 b32", "sub.s32 %d, %a, %b;", (a, b, _) -> (int) a - (int) b)
                .add("b32 b32 b32", "mul.lo.s32 %d, %a, %b;", (a, b, _) -> (int) a * (int) b)
                .add("b32 b32 b32", "mul.hi.s32 %d, %a, %b;", (a, b, _) -> (long) (int) a * (int) b >> 32)
                .add("b32 b32 b32", "mul.hi.u32 %d, %a, %b;", (a, b, _) -> a * b >>> 32)
                .add("b64 b64 b64", "mul.hi.u64 %d, %a, %b;", (a, b, _) -> unsigned(a).multiply(unsigned(b)).shiftRight(64).longValue())
                .add("b64 b64 b64", "mul.hi.s64 %d, %a, %b;", (a, b, _) -> BigInteger.valueOf(a).multiply(BigInteger.valueOf(b)).shiftRight(64).longValue())
                .add("b64 b32 b32", "mul.wide.s32 %d, %a, %b;", (a, b, _) -> (long) (int) a * (int) b)
                .add("b64 b32 b32", "mul.wide.u32 %d, %a, %b;", (a, b, _) -> a * b)
                .add("b32 b16 b16", "mul.wide.s16 %d, %a, %b;", (a, b, _) -> (short) a * (short) b)
                .add("b32 b32 b32 b32", "mad.lo.s32 %d, %a, %b, %c;", (a, b, c) -> (int) a * (int) b + (int) c)
                .add("b32 b32 b32 b32", "mad.hi.u32 %d, %a, %b, %c;", (a, b, c) -> (a * b >>> 32) + c)
                .add("b64 b32 b32 b64", "mad.wide.s32 %d, %a, %b, %c;", (a, b, c) -> (long) (int) a * (int) b + c)
                .add("b32 b32 b32 b32", "sad.u32 %d, %a, %b, %c;", (a, b, c) -> c + Math.abs(a - b))
                .add("b32 b32 b32", "or.b32 %b, %b, 1; div.u32 %d, %a, %b;", (a, b, _) -> a / (b | 1))
                .add("b32 b32 b32", "or.b32 %b, %b, 1; rem.s32 %d, %a, %b;", (a, b, _) -> (int) a % (int) (b | 1))
                .add("b32 b32", "abs.s32 %d, %a;", (a, _, _) -> Math.abs((int) a))
                .add("b32 b32", "neg.s32 %d, %a;", (a, _, _) -> -(int) a)
                .add("b32 b32 b32", "min.s32 %d, %a, %b;", (a, b, _) -> Math.min((int) a, (int) b))
                .add("b32 b32 b32", "max.u32 %d, %a, %b;", (a, b, _) -> Math.max(a, b))
                .add("b64 b64 b64", "max.s64 %d, %a, %b;", (a, b, _) -> Math.max(a, b))
                .add("b64 b64 b64", "min.u64 %d, %a, %b;", (a, b, _) -> Long.compareUnsigned(a, b) < 0 ? a : b)
                .add("b32 b32 b32", "add.u16x2 %d, %a, %b;", (a, b, _) -> a + b & 0xffff | (a >>> 16) + (b >>> 16) << 16)
                .add("b32 b32 b32", "max.s16x2 %d, %a, %b;", (a, b, _) -> Math.max((short) a, (short) b) & 0xffff
                        | Math.max((int) a >> 16, (int) b >> 16) << 16)
                .add("b32 b32 b32 b32", "dp4a.s32.s32 %d, %a, %b, %c;", (a, b, c) -> dot(a, b, c, true, true))
                .add("b32 b32 b32 b32", "dp4a.u32.s32 %d, %a, %b, %c;", (a, b, c) -> dot(a, b, c, false, true))
                .add("b32 b32 b32 b32", "dp4a.u32.u32 %d, %a, %b, %c;", (a, b, c) -> dot(a, b, c, false, false))
                .add("b32 b32 b32 b32", "dp2a.lo.s32.s32 %d, %a, %b, %c;", (a, b, c) -> c + (short) a * (byte) b + (short) (a >> 16) * (byte) (b >> 8))
                .add("b32 b32 b32 b32", "dp2a.hi.s32.u32 %d, %a, %b, %c;",
                        (a, b, c) -> c + (short) a * (b >> 16 & 0xff) + (short) (a >> 16) * (b >> 24 & 0xff));
    }

    private static long dot(long a, long b, long c, boolean signedA, boolean signedB) {
        long sum = c;
        for (int i = 0; i < 32; i += 8)
            sum += (signedA ? (byte) (a >> i) : a >> i & 0xff) * (signedB ? (byte) (b >> i) : b >> i & 0xff);
        return sum;
    }

    private static InstructionBench bits() {
        return new InstructionBench("sm_80")
                .add("b32 b32 b32", "and.b32 %d, %a, %b;", (a, b, _) -> a & b)
                .add("b64 b64 b64", "xor.b64 %d, %a, %b;", (a, b, _) -> a ^ b)
                .add("b32 b32", "not.b32 %d, %a;", (a, _, _) -> ~a)
                .add("b32 b32", "cnot.b32 %d, %a;", (a, _, _) -> a == 0 ? 1 : 0)
                .add("b32 b32 b32", "shl.b32 %d, %a, %b;", (a, b, _) -> b > 31 ? 0 : a << b)
                .add("b32 b32 b32", "shr.u32 %d, %a, %b;", (a, b, _) -> b > 31 ? 0 : a >>> b)
                .add("b32 b32 b32", "shr.s32 %d, %a, %b;", (a, b, _) -> (int) a >> (int) Math.min(b, 31))
                .add("b64 b64 b32", "shr.s64 %d, %a, %b;", (a, b, _) -> a >> Math.min(b, 63))
                .add("b64 b64 b32", "shl.b64 %d, %a, %b;", (a, b, _) -> b > 63 ? 0 : a << b)
                .add("b32 b32 b32 b32", "shf.l.wrap.b32 %d, %a, %b, %c;", (a, b, c) -> unsigned(b << 32 | a).shiftLeft((int) c & 31).shiftRight(32).longValue())
                .add("b32 b32 b32 b32", "shf.r.clamp.b32 %d, %a, %b, %c;", (a, b, c) -> unsigned(b << 32 | a).shiftRight((int) Math.min(c, 32)).longValue())
                .add("b32 b32 b32 b32", "lop3.b32 %d, %a, %b, %c, 0xEA;", (a, b, c) -> a & b | c)
                .add("b32 b32 b32 b32", "lop3.b32 %d, %a, %b, %c, 0x96;", (a, b, c) -> a ^ b ^ c)
                .add("b32 b32 b32 b32", "lop3.b32 %d, %a, %b, %c, 0xE8;", (a, b, c) -> a & b | a & c | b & c)
                .add("b32 b32 b32 b32", "prmt.b32 %d, %a, %b, %c;", IntegersTest::permuted)
                .add("b32 b32 b32", "prmt.b32 %d, %a, %b, 0x5410;", (a, b, _) -> a & 0xffff | b << 16)
                .add("b32 b32 b32 b32", "bfe.u32 %d, %a, %b, %c;", (a, b, c) -> field(a, b, c, 32, false))
                .add("b32 b32 b32 b32", "bfe.s32 %d, %a, %b, %c;", (a, b, c) -> field(a, b, c, 32, true))
                .add("b64 b64 b32 b32", "bfe.s64 %d, %a, %b, %c;", (a, b, c) -> field(a, b, c, 64, true))
                .add("b64 b64 b32 b32", "bfe.u64 %d, %a, %b, %c;", (a, b, c) -> field(a, b, c, 64, false))
                .add("b32 b32 b32 b32", "bfi.b32 %d, %a, 0x12345678, %b, %c;", (a, b, c) -> inserted(a, 0x12345678L, b, c, 32))
                .add("b64 b64 b32 b32", "bfi.b64 %d, %a, %a, %b, %c;", (a, b, c) -> inserted(a, a, b, c, 64))
                .add("b32 b32", "popc.b32 %d, %a;", (a, _, _) -> Long.bitCount(a))
                .add("b32 b64", "popc.b64 %d, %a;", (a, _, _) -> Long.bitCount(a))
                .add("b32 b32", "clz.b32 %d, %a;", (a, _, _) -> Integer.numberOfLeadingZeros((int) a))
                .add("b32 b32", "brev.b32 %d, %a;", (a, _, _) -> Integer.reverse((int) a))
                .add("b32 b32", "bfind.u32 %d, %a;", (a, _, _) -> 31 - Integer.numberOfLeadingZeros((int) a))
                .add("b32 b32", "bfind.shiftamt.s32 %d, %a;", (a, _, _) -> {
                    int x = (int) a < 0 ? ~(int) a : (int) a;
                    return x == 0 ? -1 : Integer.numberOfLeadingZeros(x);
                })
                .add("b32 b32 b32", "setp.lt.s32 %q, %a, %b; selp.b32 %d, %a, %b, %q;", (a, b, _) -> Math.min((int) a, (int) b))
                .add("b32 b32 b32", "setp.ls.u32 %q|%s, %a, %b; selp.b32 %d, 3, 5, %s;", (a, b, _) -> a <= b ? 5 : 3)
                .add("b32 b32 b32", "setp.ne.b32 %s, %a, 0; setp.gt.and.s32 %q, %a, %b, !%s; selp.u32 %d, 1, 0, %q;",
                        (a, b, _) -> (int) a > (int) b && a == 0 ? 1 : 0)
                .add("b32 b32 b32", "set.ge.u32.s32 %d, %a, %b;", (a, b, _) -> (int) a >= (int) b ? -1 : 0)
                .add("b64 b32 b32", "mov.b64 %d, {%a, %b};", (a, b, _) -> b << 32 | a)
                .add("b32 b64", "mov.b64 {%v, %u}, %a; sub.u32 %d, %u, %v;", (a, _, _) -> (a >>> 32) - a)
                .add("b32 b32", "{ .reg .b16 %l, %h; mov.b32 {%l, %h}, %a; mov.b32 %d, {%h, %l}; }", (a, _, _) -> a >>> 16 | a << 16);
    }

    private static long permuted(long a, long b, long c) {
        byte[] bytes = new byte[8];
        for (int i = 0; i < 8; i++) bytes[i] = (byte) ((i < 4 ? a : b) >> 8 * (i % 4));
        long result = 0;
        for (int i = 0; i < 4; i++) {
            int nibble = (int) (c >> 4 * i) & 15;
            int value = bytes[nibble & 7];
            if (nibble > 7) value = value < 0 ? 255 : 0;
            result |= (value & 0xffL) << 8 * i;
        }
        return result;
    }

    /// Bit by bit, as the ISA's pseudo code.
    private static long field(long a, long b, long c, int bits, boolean signed) {
        int pos = (int) b & 255;
        int length = (int) c & 255;
        int msb = bits - 1;
        long sign = signed && length > 0 ? a >>> Math.min(pos + length - 1, msb) & 1 : 0;
        long result = 0;
        for (int i = 0; i <= msb; i++) result |= (i < length && pos + i <= msb ? a >>> pos + i & 1 : sign) << i;
        return result;
    }

    private static long inserted(long a, long b, long c, long d, int bits) {
        int pos = (int) c & 255;
        int length = (int) d & 255;
        long result = b;
        for (int i = 0; i < length && pos + i < bits; i++)
            result = result & ~(1L << pos + i) | (a >>> i & 1) << pos + i;
        return result;
    }

    @Test
    void arithmeticIsThatOfJava() {
        arithmetic().run();
    }

    @Test
    void bitsAreThoseOfJava() {
        bits().run();
    }

    @Test
    void theAssemblerTakesThem() {
        Ptxas.accepts(arithmetic().text(), "sm_90");
        Ptxas.accepts(bits().text(), "sm_80");
    }
}
