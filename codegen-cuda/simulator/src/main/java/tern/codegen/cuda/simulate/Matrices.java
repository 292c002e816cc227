package tern.codegen.cuda.simulate;

import tern.codegen.cuda.simulate.Memory.Space;

/// `mma.sync`, `ldmatrix`, `stmatrix` (PTX ISA, "Warp Level Matrix Multiply-Accumulate Instructions").
///
/// Integer sums are exact. Of floats, products and their sum are taken in double precision, in the order of k, and rounded once;
/// the ISA leaves order and rounding inside open.
final class Matrices {

    private Matrices() {}

    static Action multiply(Site site) {
        if (!site.take("sync") || !site.take("aligned")) throw site.statement.unsupported();
        String shape = site.mustTakeOneOf("m16n8k32", "m16n8k16", "m16n8k8", "m8n8k16");
        if (!site.take("row") || !site.take("col")) throw site.statement.unsupported();
        boolean clamp = site.take("satfinite");
        Type d = site.type();
        Type a = site.type();
        Type b = site.type();
        Type c = site.type();
        site.done();
        site.count(4);
        site.needs(80);
        return a.bits == 8 ? ofBytes(site, shape, clamp, d, a, b, c) : ofHalves(site, shape, clamp, d, a, b, c);
    }

    private static int k(String shape) {
        return Integer.parseInt(shape.substring(shape.indexOf('k') + 1));
    }

    private static Action ofBytes(Site site, String shape, boolean clamp, Type d, Type a, Type b, Type c) {
        boolean types = d == Type.S32 && c == Type.S32 && a.isInteger() && b.bits == 8 && b.isInteger();
        int k = k(shape);
        if (!types || k == 8) throw site.statement.unsupported();
        boolean small = shape.equals("m8n8k16");
        Fragment mapA = small ? Fragment.smallA() : Fragment.bytesA(k);
        Fragment mapB = (small ? Fragment.smallB() : Fragment.bytesB(k)).turned();
        Fragment mapC = small ? Fragment.smallC() : Fragment.wordsC();
        int[] slotsD = site.vector(0, mapC.registers(), Type.B32, false);
        int[] slotsA = site.vector(1, mapA.registers(), Type.B32, false);
        int[] slotsB = site.vector(2, mapB.registers(), Type.B32, false);
        int[] slotsC = site.vector(3, mapC.registers(), Type.B32, false);
        int rows = mapC.rows();
        return new Action(site.statement, Action.Flow.ALIGNED) {
            // Of one instruction at a time: a simulator runs one.
            private final int[] left = new int[rows * k], right = new int[k * 8], sum = new int[rows * 8];
            private final long[] result = new long[rows * 8];

            @Override
            void run(Warp warp, int lanes) {
                mapA.gather(warp, slotsA, a, left);
                mapB.gather(warp, slotsB, b, right);
                mapC.gather(warp, slotsC, Type.S32, sum);
                for (int i = 0; i < rows; i++)
                    for (int j = 0; j < 8; j++) {
                        // At most 32 products of bytes.
                        int total = 0;
                        for (int q = 0; q < k; q++) total += left[i * k + q] * right[j * k + q];
                        long whole = (long) sum[i * 8 + j] + total;
                        result[i * 8 + j] = clamp ? Integers.clamp(whole) : whole;
                    }
                mapC.scatter(warp, slotsD, result);
            }
        }.reading(Site.join(slotsA, slotsB, slotsC)).writing(slotsD);
    }

    private static Action ofHalves(Site site, String shape, boolean clamp, Type d, Type a, Type b, Type c) {
        boolean types = (a == Type.F16 || a == Type.BF16 && d == Type.F32) && a == b && c == d
                && (d == Type.F32 || d == Type.F16);
        int k = k(shape);
        if (!types || clamp || k == 32 || shape.startsWith("m8")) throw site.statement.unsupported();
        Fragment mapA = Fragment.halvesA(k);
        Fragment mapB = Fragment.halvesB(k).turned();
        Fragment mapC = d == Type.F32 ? Fragment.wordsC() : Fragment.halvesC();
        int[] slotsD = site.vector(0, mapC.registers(), Type.B32, false);
        int[] slotsA = site.vector(1, mapA.registers(), Type.B32, false);
        int[] slotsB = site.vector(2, mapB.registers(), Type.B32, false);
        int[] slotsC = site.vector(3, mapC.registers(), Type.B32, false);
        return new Action(site.statement, Action.Flow.ALIGNED) {
            private final double[] left = new double[16 * k], right = new double[k * 8], sum = new double[16 * 8];
            private final long[] result = new long[16 * 8];

            @Override
            void run(Warp warp, int lanes) {
                mapA.gather(warp, slotsA, a, left);
                mapB.gather(warp, slotsB, b, right);
                mapC.gather(warp, slotsC, c, sum);
                for (int i = 0; i < 16; i++)
                    for (int j = 0; j < 8; j++) {
                        double total = sum[i * 8 + j];
                        for (int q = 0; q < k; q++) total += left[i * k + q] * right[j * k + q];
                        result[i * 8 + j] = Rounding.NEAREST.bits(d, total);
                    }
                mapC.scatter(warp, slotsD, result);
            }
        }.reading(Site.join(slotsA, slotsB, slotsC)).writing(slotsD);
    }

    /// Up to four 8 x 8 matrices of 16-bit elements. Threads `8 i` to `8 i + 7` give the rows of matrix `i`; thread `t` gets elements
    /// `2 (t % 4)` and the next of row `t / 4`, or with `.trans` of column `t / 4` (PTX ISA, "ldmatrix").
    static Action load(Site site) {
        boolean[] form = {site.take("sync"), site.take("aligned"), site.take("m8n8")};
        if (!form[0] || !form[1] || !form[2]) throw site.statement.unsupported();
        int count = site.mustTakeOneOf("x1", "x2", "x4").charAt(1) - '0';
        boolean turned = site.take("trans");
        Space space = site.takeOneOf("shared", "shared::cta") != null ? Space.SHARED : Space.GENERIC;
        site.type(Type.B16);
        site.done();
        site.count(2);
        site.needs(75);
        int[] to = site.vector(0, count, Type.B32, false);
        Site.Address address = site.address(1);
        return new Action(site.statement, Action.Flow.ALIGNED) {
            @Override
            void run(Warp warp, int lanes) {
                for (int matrix = 0; matrix < count; matrix++) {
                    Memory[] rows = new Memory[8];
                    for (int row = 0; row < 8; row++) {
                        int lane = matrix * 8 + row;
                        rows[row] = Memory.access(warp, lane, space, address.of(warp, lane), 16, 16).reading(16);
                    }
                    for (int lane = 0; lane < 32; lane++) {
                        int row = lane >> 2;
                        int at = (lane & 3) * 2;
                        long low = turned ? rows[at].get(row * 2, 2) : rows[row].get(at * 2, 2);
                        long high = turned ? rows[at + 1].get(row * 2, 2) : rows[row].get(at * 2 + 2, 2);
                        warp.registers[to[matrix] * 32 + lane] = low | high << 16;
                    }
                }
            }
        }.reading(address.base()).writing(to);
    }

    /// As [#load], the other way (PTX ISA, "stmatrix").
    static Action store(Site site) {
        boolean[] form = {site.take("sync"), site.take("aligned"), site.take("m8n8")};
        if (!form[0] || !form[1] || !form[2]) throw site.statement.unsupported();
        int count = site.mustTakeOneOf("x1", "x2", "x4").charAt(1) - '0';
        boolean turned = site.take("trans");
        Space space = site.takeOneOf("shared", "shared::cta") != null ? Space.SHARED : Space.GENERIC;
        site.type(Type.B16);
        site.done();
        site.count(2);
        site.needs(90);
        Site.Address address = site.address(0);
        int[] from = site.vector(1, count, Type.B32, false);
        return new Action(site.statement, Action.Flow.ALIGNED) {
            @Override
            void run(Warp warp, int lanes) {
                for (int i = 0; i < count * 8; i++) {
                    int row = i % 8;
                    Memory to = Memory.access(warp, i, space, address.of(warp, i), 16, 16).writing(16);
                    for (int column = 0; column < 8; column++) {
                        int lane = turned ? column * 4 + row / 2 : row * 4 + column / 2;
                        int part = turned ? row % 2 : column % 2;
                        to.set(column * 2, 2, warp.registers[from[i / 8] * 32 + lane] >>> 16 * part);
                    }
                }
            }
        }.reading(Site.join(new int[] {address.base()}, from));
    }
}
