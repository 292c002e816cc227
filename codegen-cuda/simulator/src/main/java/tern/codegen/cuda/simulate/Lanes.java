package tern.codegen.cuda.simulate;

/// Actions that compute each lane from the same lane of their operands.
final class Lanes {

    private Lanes() {}

    interface One {
        long of(long a);
    }

    interface Two {
        long of(long a, long b);
    }

    interface Three {
        long of(long a, long b, long c);
    }

    interface Four {
        long of(long a, long b, long c, long d);
    }

    static Action one(Statement s, int to, int a, One f) {
        return new Action(s) {
            @Override
            void run(Warp warp, int lanes) {
                long[] r = warp.registers;
                for (int m = lanes; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    r[to * 32 + i] = f.of(r[a * 32 + i]);
                }
            }
        }.reading(a).writing(to);
    }

    static Action two(Statement s, int to, int a, int b, Two f) {
        return new Action(s) {
            @Override
            void run(Warp warp, int lanes) {
                long[] r = warp.registers;
                for (int m = lanes; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    r[to * 32 + i] = f.of(r[a * 32 + i], r[b * 32 + i]);
                }
            }
        }.reading(a, b).writing(to);
    }

    static Action three(Statement s, int to, int a, int b, int c, Three f) {
        return new Action(s) {
            @Override
            void run(Warp warp, int lanes) {
                long[] r = warp.registers;
                for (int m = lanes; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    r[to * 32 + i] = f.of(r[a * 32 + i], r[b * 32 + i], r[c * 32 + i]);
                }
            }
        }.reading(a, b, c).writing(to);
    }

    static Action four(Statement s, int to, int a, int b, int c, int d, Four f) {
        return new Action(s) {
            @Override
            void run(Warp warp, int lanes) {
                long[] r = warp.registers;
                for (int m = lanes; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    r[to * 32 + i] = f.of(r[a * 32 + i], r[b * 32 + i], r[c * 32 + i], r[d * 32 + i]);
                }
            }
        }.reading(a, b, c, d).writing(to);
    }
}
