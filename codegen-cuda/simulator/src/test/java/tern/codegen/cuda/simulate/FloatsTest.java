package tern.codegen.cuda.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

/// Floating point and conversions against Java's floats, and against exact decimals where Java has no such type or rounding.
class FloatsTest {

    private static float f(long bits) {
        return Float.intBitsToFloat((int) bits);
    }

    private static long bits(float value) {
        return Float.isNaN(value) ? 0x7fff_ffff : Float.floatToRawIntBits(value);
    }

    private static float half(long bits) {
        return Float.float16ToFloat((short) bits);
    }

    private static float brain(long bits) {
        return Float.intBitsToFloat((int) bits << 16);
    }

    private static InstructionBench singles() {
        return new InstructionBench("sm_80")
                .add("f32 f32 f32", "add.rn.f32 %d, %a, %b;", (a, b, _) -> bits(f(a) + f(b)))
                .add("f32 f32 f32", "sub.rn.f32 %d, %a, %b;", (a, b, _) -> bits(f(a) - f(b)))
                .add("f32 f32 f32", "mul.rn.f32 %d, %a, %b;", (a, b, _) -> bits(f(a) * f(b)))
                .add("f32 f32 f32 f32", "fma.rn.f32 %d, %a, %b, %c;", (a, b, c) -> bits(Math.fma(f(a), f(b), f(c))))
                .add("f32 f32 f32", "div.rn.f32 %d, %a, %b;", (a, b, _) -> bits(f(a) / f(b)))
                .add("f32 f32", "sqrt.rn.f32 %d, %a;", (a, _, _) -> bits((float) Math.sqrt(f(a))))
                .add("f32 f32", "rcp.rn.f32 %d, %a;", (a, _, _) -> bits(1 / f(a)))
                .add("f32 f32 f32", "add.rz.f32 %d, %a, %b;", (a, b, _) -> exactSum(f(a), f(b), Rounding.ZERO))
                .add("f32 f32 f32", "add.rp.f32 %d, %a, %b;", (a, b, _) -> exactSum(f(a), f(b), Rounding.UP))
                .add("f32 f32 f32", "max.f32 %d, %a, %b;", (a, b, _) -> bits(Float.isNaN(f(a)) ? f(b) : Float.isNaN(f(b)) ? f(a) : Math.max(f(a), f(b))))
                .add("f32 f32 f32", "min.NaN.f32 %d, %a, %b;", (a, b, _) -> bits(Math.min(f(a), f(b))))
                .add("f32 f32", "abs.f32 %d, %a;", (a, _, _) -> a & 0x7fff_ffff)
                .add("f32 f32", "neg.f32 %d, %a;", (a, _, _) -> a ^ 0x8000_0000)
                .add("f32 f32 f32", "add.sat.f32 %d, %a, %b;", (a, b, _) -> {
                    float sum = f(a) + f(b);
                    return bits(sum > 0 ? Math.min(sum, 1) : 0);
                })
                .add("f32 f32 f32", "mul.rn.ftz.f32 %d, %a, %b;", (a, b, _) -> bits(flushed(flushed(f(a)) * flushed(f(b)))))
                .add("b32 f32 f32", "setp.lt.f32 %q, %a, %b; selp.b32 %d, 1, 0, %q;", (a, b, _) -> f(a) < f(b) ? 1 : 0)
                .add("b32 f32 f32", "setp.geu.f32 %q, %a, %b; selp.b32 %d, 1, 0, %q;", (a, b, _) -> f(a) < f(b) ? 0 : 1)
                .add("b32 f32 f32", "setp.nan.f32 %q, %a, %b; selp.b32 %d, 1, 0, %q;", (a, b, _) -> Float.isNaN(f(a)) || Float.isNaN(f(b)) ? 1 : 0);
    }

    private static float flushed(float value) {
        return Math.abs(value) < Float.MIN_NORMAL ? Math.copySign(0, value) : value;
    }

    /// By decimals, which hold every sum.
    private static long exactSum(float a, float b, Rounding rounding) {
        if (!Float.isFinite(a) || !Float.isFinite(b)) return bits(a + b);
        BigDecimal sum = new BigDecimal(a).add(new BigDecimal(b));
        if (sum.signum() == 0) return bits(a + b);
        float near = sum.floatValue();
        if (Float.isInfinite(near)) near = Math.copySign(Float.MAX_VALUE, near);
        int side = new BigDecimal(near).compareTo(sum);
        boolean up = rounding == Rounding.UP || sum.signum() < 0;
        if (up && side < 0) near = Math.nextUp(near);
        if (!up && side > 0) near = Math.nextDown(near);
        return bits(near);
    }

    private static InstructionBench halves() {
        return new InstructionBench("sm_90")
                .add("b16 b16 b16", "add.rn.f16 %d, %a, %b;", (a, b, _) -> half(half(a) + half(b)))
                .add("b16 b16 b16", "mul.rn.f16 %d, %a, %b;", (a, b, _) -> half(half(a) * half(b)))
                .add("b16 b16 b16 b16", "fma.rn.f16 %d, %a, %b, %c;", (a, b, c) -> half(exact(half(a), half(b), half(c))))
                .add("b16 b16 b16 b16", "fma.rn.bf16 %d, %a, %b, %c;", (a, b, c) -> brain(exact(brain(a), brain(b), brain(c))))
                .add("b16 b16 b16", "add.rn.bf16 %d, %a, %b;", (a, b, _) -> brain(exact(brain(a), 1, brain(b))))
                .add("b16 b16 b16", "max.f16 %d, %a, %b;",
                        (a, b, _) -> half(Float.isNaN(half(a)) ? half(b) : Float.isNaN(half(b)) ? half(a) : Math.max(half(a), half(b))))
                .add("b32 b32 b32", "add.rn.f16x2 %d, %a, %b;", (a, b, _) -> half(half(a) + half(b)) | half(half(a >> 16) + half(b >> 16)) << 16)
                .add("b32 b32 b32 b32", "fma.rn.bf16x2 %d, %a, %b, %c;", (a, b, c) -> brain(exact(brain(a), brain(b), brain(c)))
                        | brain(exact(brain(a >> 16), brain(b >> 16), brain(c >> 16))) << 16);
    }

    /// A value that rounds as the exact one does: exact, or rounded to odd.
    private static double exact(float a, float b, float c) {
        if (!Float.isFinite(a) || !Float.isFinite(b) || !Float.isFinite(c)) return Math.fma((double) a, b, c);
        BigDecimal sum = new BigDecimal(a).multiply(new BigDecimal(b)).add(new BigDecimal(c));
        double near = sum.doubleValue();
        int side = new BigDecimal(near).compareTo(sum);
        boolean even = (Double.doubleToRawLongBits(near) & 1) == 0;
        if (side == 0) return sum.signum() == 0 ? (double) a * b + c : near;
        return even ? side < 0 ? Math.nextUp(near) : Math.nextDown(near) : near;
    }

    private static long half(double value) {
        return nearest(value, 11, -14, 65504, 0x7fff, x -> Float.floatToFloat16((float) x) & 0xffff);
    }

    private static long brain(double value) {
        return nearest(value, 8, -126, Float.intBitsToFloat(0x7f7f_0000), 0x7fff, x -> Float.floatToRawIntBits((float) x) >>> 16);
    }

    private interface Bits {
        long of(double value);
    }

    /// To nearest even by whole multiples of the last place.
    private static long nearest(double value, int precision, int least, double largest, long nan, Bits bits) {
        if (Double.isNaN(value)) return nan;
        if (Double.isInfinite(value) || value == 0) return bits.of(value);
        double step = Math.scalb(1.0, Math.max(Math.getExponent(value), least) - precision + 1);
        double rounded = Math.copySign(Math.rint(value / step) * step, value);
        return bits.of(Math.abs(rounded) > largest ? Math.copySign(Double.POSITIVE_INFINITY, value) : rounded);
    }

    private static InstructionBench conversions() {
        return new InstructionBench("sm_90")
                .add("f32 b32", "cvt.rn.f32.s32 %d, %a;", (a, _, _) -> bits((int) a))
                .add("f32 b32", "cvt.rn.f32.u32 %d, %a;", (a, _, _) -> bits(a))
                .add("f32 b64", "cvt.rn.f32.s64 %d, %a;", (a, _, _) -> bits(a))
                .add("b32 f32", "cvt.rni.s32.f32 %d, %a;", (a, _, _) -> Math.clamp((long) Math.rint(f(a)), Integer.MIN_VALUE, Integer.MAX_VALUE))
                .add("b32 f32", "cvt.rzi.s32.f32 %d, %a;", (a, _, _) -> (int) f(a))
                .add("b32 f32", "cvt.rzi.u32.f32 %d, %a;", (a, _, _) -> Math.clamp((long) f(a), 0, 0xffff_ffffL))
                .add("b32 f32", "cvt.rmi.s32.f32 %d, %a;", (a, _, _) -> Math.clamp((long) Math.floor(f(a)), Integer.MIN_VALUE, Integer.MAX_VALUE))
                .add("b32 f32", "cvt.rni.sat.s8.f32 %d, %a;", (a, _, _) -> Math.clamp((long) Math.rint(f(a)), -128, 127))
                .add("f32 f32", "cvt.rni.f32.f32 %d, %a;", (a, _, _) -> bits((float) Math.rint(f(a))))
                .add("f32 f32", "cvt.sat.f32.f32 %d, %a;", (a, _, _) -> bits(f(a) > 0 ? Math.min(f(a), 1) : 0))
                .add("b32 b32", "cvt.sat.s8.s32 %d, %a;", (a, _, _) -> Math.clamp((long) (int) a, -128, 127))
                .add("b32 b32", "cvt.s32.s8 %d, %a;", (a, _, _) -> (byte) a)
                .add("b32 b32", "cvt.u32.u16 %d, %a;", (a, _, _) -> a & 0xffff)
                .add("b64 b32", "cvt.s64.s32 %d, %a;", (a, _, _) -> (int) a)
                .add("b32 b64", "cvt.u32.u64 %d, %a;", (a, _, _) -> a)
                .add("b32 b32", "cvt.sat.u8.s32 %d, %a;", (a, _, _) -> Math.clamp((long) (int) a, 0, 255))
                .add("b32 b32 b32 b32", "cvt.pack.sat.s8.s32.b32 %d, %a, %b, %c;", (a, b, c) -> (c & 0xffff) << 16
                        | (Math.clamp((long) (int) a, -128, 127) & 0xff) << 8 | Math.clamp((long) (int) b, -128, 127) & 0xff)
                .add("b32 b32 b32", "cvt.pack.sat.u16.s32 %d, %a, %b;", (a, b, _) -> (long) Math.clamp((long) (int) a, 0, 65535) << 16
                        | Math.clamp((long) (int) b, 0, 65535))
                .add("f32 b16", "cvt.f32.f16 %d, %a;", (a, _, _) -> bits(half(a)))
                .add("f32 b16", "cvt.f32.bf16 %d, %a;", (a, _, _) -> bits(brain(a)))
                .add("b16 f32", "cvt.rn.f16.f32 %d, %a;", (a, _, _) -> half((double) f(a)))
                .add("b16 f32", "cvt.rn.bf16.f32 %d, %a;", (a, _, _) -> brain((double) f(a)))
                .add("b16 f32", "cvt.rz.bf16.f32 %d, %a;", (a, _, _) -> Float.isNaN(f(a)) ? 0x7fff : a >>> 16)
                .add("b32 f32 f32", "cvt.rn.f16x2.f32 %d, %a, %b;", (a, b, _) -> half((double) f(a)) << 16 | half((double) f(b)))
                .add("b32 f32 f32", "cvt.rn.bf16x2.f32 %d, %a, %b;", (a, b, _) -> brain((double) f(a)) << 16 | brain((double) f(b)));
    }

    private static InstructionBench approximations() {
        return new InstructionBench("sm_80")
                .add("f32 f32", "ex2.approx.ftz.f32 %d, %a;", (a, _, _) -> bits(flushed((float) Math.pow(2, flushed(f(a))))))
                .add("f32 f32", "rsqrt.approx.f32 %d, %a;", (a, _, _) -> bits((float) (1 / Math.sqrt(f(a)))))
                .add("f32 f32", "rcp.approx.ftz.f32 %d, %a;", (a, _, _) -> bits(flushed(1 / flushed(f(a)))))
                .add("f32 f32 f32", "div.full.f32 %d, %a, %b;", (a, b, _) -> bits(f(a) / f(b)));
    }

    /// As the assembler does: what came with a later card than the text is for is refused.
    @Test
    void whatNeedsALaterCardIsRefused() {
        String[] bodies = {"add.rn.bf16 %d, %a, %a;", "tanh.approx.bf16 %d, %a;", "max.bf16 %d, %a, %a;", "fma.rn.bf16 %d, %a, %a, %a;"};
        for (int i = 0; i < bodies.length; i++) {
            String text = new InstructionBench("sm_80").add("b16 b16", bodies[i], (a, _, _) -> a).text();
            var thrown = catchThrowable(() -> new Bench().card.load(text));
            if (i < 2) assertThat(thrown).hasMessageContaining("needs .target sm_90 or later, the text has sm_80");
            else assertThat(thrown).isNull();
            if (Ptxas.find().isPresent()) assertThat(Ptxas.complaint(text, "sm_80").isEmpty()).as(bodies[i]).isEqualTo(i >= 2);
        }
    }

    @Test
    void singlesAreThoseOfJava() {
        singles().run();
    }

    @Test
    void halvesAreRoundedOnce() {
        halves().run();
    }

    @Test
    void conversionsRoundAndClamp() {
        conversions().run();
    }

    @Test
    void approximationsAreTheNearestFloat() {
        approximations().run();
    }

    @Test
    void theAssemblerTakesThem() {
        Ptxas.accepts(singles().text(), "sm_80");
        Ptxas.accepts(halves().text(), "sm_90");
        Ptxas.accepts(conversions().text(), "sm_90");
        Ptxas.accepts(approximations().text(), "sm_80");
    }
}
