package tern.codegen.cuda.simulate;

import java.util.Set;
import tern.codegen.cuda.simulate.Fault.Kind;
import tern.codegen.cuda.simulate.Fault.Trouble;

/// `wgmma.mma_async` of int8 and of 16-bit floats, matrices along k in shared memory (PTX ISA, "Asynchronous Warpgroup Level Matrix
/// Multiply-Accumulate Instructions").
///
/// Warp `w` of a group of four computes rows `16 w` to `16 w + 15`, so each does its part when it comes.
final class Warpgroup extends Action {

    /// Bytes along k of one instruction, whatever the type.
    private static final int K_BYTES = 32;

    private final int n;
    private final boolean clamp;
    /// Of A, and of B: bytes may differ in their sign.
    private final Type type, other;
    private final int[] d;
    /// Registers of A, or its descriptor alone.
    private final int[] a;
    private final boolean fromRegisters;
    private final int b;
    private final int scaleD;
    private final int sign;

    private Warpgroup(Site site, int n, boolean clamp, Type type, Type other, int sign) {
        super(site.statement, Flow.ALIGNED);
        this.n = n;
        this.clamp = clamp;
        this.type = type;
        this.other = other;
        this.sign = sign;
        d = site.vector(0, n / 2, Type.B32, false);
        fromRegisters = site.operand(1) instanceof Operand.Vector;
        a = fromRegisters ? site.vector(1, 4, Type.B32, false) : new int[] {site.source(1, Type.B64)};
        b = site.source(2, Type.B64);
        scaleD = site.source(3, Type.PRED);
        reading(Site.join(a, new int[] {b, scaleD}));
    }

    void addRegisters(Set<Integer> into) {
        for (int slot : d) into.add(slot);
        if (fromRegisters) for (int slot : a) into.add(slot);
    }

    static Action decode(Site site) {
        site.needsSpecial(90);
        String what = site.mustTakeOneOf("mma_async", "fence", "commit_group", "wait_group");
        if (!site.take("sync") || !site.take("aligned")) throw site.statement.unsupported();
        return switch (what) {
            case "fence" -> simple(site, w -> w.products.fence());
            case "commit_group" -> simple(site, w -> w.products.commit());
            case "wait_group" -> {
                if (!(site.operand(0) instanceof Operand.Whole(long left))) throw site.error("a number of groups is missing");
                yield simple(site, w -> w.products.await(w, (int) left));
            }
            default -> product(site);
        };
    }

    private interface Effect {
        void on(Warp warp);
    }

    private static Action simple(Site site, Effect effect) {
        site.done();
        return new Action(site.statement, Flow.ALIGNED) {
            @Override
            void run(Warp warp, int lanes) {
                effect.on(warp);
            }
        };
    }

    private static Action product(Site site) {
        String shape = site.statement.modifiers().stream()
                .filter(m -> m.matches("m64n\\d+k\\d+"))
                .findFirst()
                .orElseThrow(() -> site.error("a shape is missing"));
        site.take(shape);
        int n = Integer.parseInt(shape.substring(4, shape.indexOf('k')));
        int k = Integer.parseInt(shape.substring(shape.indexOf('k') + 1));
        boolean clamp = site.take("satfinite");
        Type to = site.type();
        Type a = site.type();
        Type b = site.type();
        site.done();
        boolean whole = to == Type.S32 && isByte(a) && isByte(b) && k == 32;
        boolean real = to == Type.F32 && (a == Type.F16 || a == Type.BF16) && a == b && k == 16;
        if (!whole && !real || n % 8 != 0 || n < 8 || n > 256 || whole && n > 32 && n % 16 != 0)
            throw site.statement.unsupported();
        int sign = whole ? 1 : sign(site);
        if (whole) site.count(4);
        return new Warpgroup(site, n, clamp, a, b, sign);
    }

    private static boolean isByte(Type type) {
        return type == Type.S8 || type == Type.U8;
    }

    /// The immediate scales of A and B, multiplied; matrices that do not lie along k are not supported.
    private static int sign(Site site) {
        boolean registers = site.operand(1) instanceof Operand.Vector;
        site.count(registers ? 7 : 8);
        for (int i = 6; i < site.count(); i++)
            if (!(site.operand(i) instanceof Operand.Whole(long turned)) || turned != 0) throw site.error("only matrices along k");
        return scale(site, 4) * scale(site, 5);
    }

    private static int scale(Site site, int index) {
        if (site.operand(index) instanceof Operand.Whole(long scale) && Math.abs(scale) == 1) return (int) scale;
        throw site.error("a scale is 1 or -1");
    }

    @Override
    void run(Warp warp, int lanes) {
        if ((warp.number | 3) >= warp.block.warpCount || lanes != -1)
            throw new Trouble(Kind.UNDEFINED, -1, "is not one of four whole warps");
        if (!warp.products.isFenced())
            throw new Trouble(Kind.RACE, -1, "multiplies registers that were written with no wgmma.fence since");
        var right = new Descriptor(warp, b);
        var used = new int[n * 2 + (fromRegisters ? 0 : 32)];
        long[] old = old(warp);
        double[] left = new double[16 * K_BYTES / type.bytes()];
        double[] columns = new double[n * K_BYTES / type.bytes()];
        if (fromRegisters) fragment().gather(warp, a, left);
        else new Descriptor(warp, a[0]).read(warp.number % 4 * 16, 16, type, left, used, n * 2);
        right.read(0, n, other, columns, used, 0);
        put(warp, left, columns, old);
        warp.products.begin(warp, d, used);
    }

    private interface Gather {
        void gather(Warp warp, int[] slots, double[] into);
    }

    /// "Register Fragments", figures "WGMMA .m64nNk32 register fragment layout for matrix A" and "... .m64nNk16 ...": in each warp that of
    /// mma.m16n8k32 and mma.m16n8k16.
    private Gather fragment() {
        if (type.bits == 16) return (w, slots, into) -> Fragment.halvesA(16).gather(w, slots, type, into);
        return (w, slots, into) -> {
            int[] whole = new int[into.length];
            Fragment.bytesA(32).gather(w, slots, type, whole);
            for (int i = 0; i < whole.length; i++) into[i] = whole[i];
        };
    }

    /// The accumulator before, zero where scale-d is false. It may still be filled by a product under way, of which the ISA says that
    /// it comes first.
    private long[] old(Warp warp) {
        long[] old = new long[d.length * 32];
        if (warp.registers[scaleD * 32] == 0) return old;
        for (int i = 0; i < d.length; i++) {
            if (warp.known[d[i]] != -1 && !warp.products.fills(d[i])) throw warp.unknown(d[i], -1);
            System.arraycopy(warp.registers, d[i] * 32, old, i * 32, 32);
        }
        return old;
    }

    /// Element `i` of thread `t`: row `t / 4 + 8 (i / 2 % 2)`, column `8 (i / 4) + 2 (t % 4) + i % 2` ("Register Fragments", figures
    /// "WGMMA .m64nNk32 register fragment layout for accumulator matrix D" and "... .m64nNk16 ...").
    private void put(Warp warp, double[] left, double[] right, long[] old) {
        int k = K_BYTES / type.bytes();
        for (int i = 0; i < d.length; i++)
            for (int lane = 0; lane < 32; lane++) {
                int row = lane / 4 + 8 * (i / 2 % 2);
                int column = 8 * (i / 4) + lane % 4 * 2 + i % 2;
                // Sums of 32 products of bytes and an int are exact in a double, as are those of the floats as nearly as the ISA says.
                double sum = 0;
                for (int q = 0; q < k; q++) sum += left[row * k + q] * right[column * k + q];
                warp.registers[d[i] * 32 + lane] = total(old[i * 32 + lane], sum) & 0xffff_ffffL;
            }
    }

    private long total(long old, double sum) {
        if (type.bits == 16) return Rounding.NEAREST.bits(Type.F32, Float.intBitsToFloat((int) old) + sign * sum);
        long total = (int) old + (long) sum;
        return clamp ? Integers.clamp(total) : total;
    }
}
