package tern.codegen.cuda.simulate;

/// The commonest of the instructions that compute each lane from the same lane of their operands, each with a loop of its own: it is
/// compiled as one, where [Lanes] calls a function for every lane. Most of a kernel's instructions are of these.
abstract class Elementwise extends Action {

    /// First lane of each operand's slot; of those that there are not, of the target's.
    private final int to, a, b, c;
    private final long mask;

    private Elementwise(Statement s, Type type, int to, int... from) {
        super(s);
        this.to = to * 32;
        a = from[0] * 32;
        b = from.length > 1 ? from[1] * 32 : this.to;
        c = from.length > 2 ? from[2] * 32 : this.to;
        mask = type.mask();
        reading(from).writing(to);
    }

    @Override
    final void run(Warp warp, int lanes) {
        run(warp.registers, to, a, b, c, mask, lanes);
    }

    /// @param to   index of the target's first lane
    /// @param mask bits that a value of the type has
    abstract void run(long[] r, int to, int a, int b, int c, long mask, int lanes);

    static Action move(Statement s, Type type, int to, int from) {
        return new Elementwise(s, type, to, from) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                if (lanes == -1) System.arraycopy(r, a, r, to, 32);
                else for (int i = 0; i < 32; i++) if ((lanes >>> i & 1) != 0) r[to + i] = r[a + i];
            }
        };
    }

    static Action add(Statement s, Type type, int to, int first, int second) {
        return new Elementwise(s, type, to, first, second) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++) if ((lanes >>> i & 1) != 0) r[to + i] = r[a + i] + r[b + i] & mask;
            }
        };
    }

    static Action subtract(Statement s, Type type, int to, int first, int second) {
        return new Elementwise(s, type, to, first, second) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++) if ((lanes >>> i & 1) != 0) r[to + i] = r[a + i] - r[b + i] & mask;
            }
        };
    }

    /// The lower half of the product.
    static Action multiply(Statement s, Type type, int to, int first, int second) {
        return new Elementwise(s, type, to, first, second) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++) if ((lanes >>> i & 1) != 0) r[to + i] = r[a + i] * r[b + i] & mask;
            }
        };
    }

    /// The lower half of the product, and a sum.
    static Action multiplyAdd(Statement s, Type type, int to, int first, int second, int third) {
        return new Elementwise(s, type, to, first, second, third) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++) if ((lanes >>> i & 1) != 0) r[to + i] = r[a + i] * r[b + i] + r[c + i] & mask;
            }
        };
    }

    static Action and(Statement s, Type type, int to, int first, int second) {
        return new Elementwise(s, type, to, first, second) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++) if ((lanes >>> i & 1) != 0) r[to + i] = r[a + i] & r[b + i];
            }
        };
    }

    static Action or(Statement s, Type type, int to, int first, int second) {
        return new Elementwise(s, type, to, first, second) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++) if ((lanes >>> i & 1) != 0) r[to + i] = r[a + i] | r[b + i];
            }
        };
    }

    static Action xor(Statement s, Type type, int to, int first, int second) {
        return new Elementwise(s, type, to, first, second) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++) if ((lanes >>> i & 1) != 0) r[to + i] = r[a + i] ^ r[b + i];
            }
        };
    }

    /// Amounts beyond the width are taken as the width.
    static Action shiftLeft(Statement s, Type type, int to, int value, int amount) {
        int bits = type.bits;
        return new Elementwise(s, type, to, value, amount) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++)
                    if ((lanes >>> i & 1) != 0) r[to + i] = r[b + i] >= bits ? 0 : r[a + i] << r[b + i] & mask;
            }
        };
    }

    /// With zeros, of an unsigned type.
    static Action shiftRight(Statement s, Type type, int to, int value, int amount) {
        int bits = type.bits;
        return new Elementwise(s, type, to, value, amount) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++) if ((lanes >>> i & 1) != 0) r[to + i] = r[b + i] >= bits ? 0 : r[a + i] >>> r[b + i];
            }
        };
    }

    /// With copies of the sign.
    static Action shiftSigned(Statement s, Type type, int to, int value, int amount) {
        int bits = type.bits, rest = 64 - type.bits;
        return new Elementwise(s, type, to, value, amount) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++)
                    if ((lanes >>> i & 1) != 0) r[to + i] = r[a + i] << rest >> rest >> Math.min(r[b + i], bits - 1) & mask;
            }
        };
    }

    /// The first where the third, a predicate, holds, else the second.
    static Action select(Statement s, Type type, int to, int first, int second, int predicate) {
        return new Elementwise(s, type, to, first, second, predicate) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++) if ((lanes >>> i & 1) != 0) r[to + i] = r[c + i] != 0 ? r[a + i] : r[b + i];
            }
        };
    }

    /// Whether the first integer stands in one of the `allowed` orders to the second.
    ///
    /// @param type    of the integers
    /// @param allowed bit 0: below, bit 1: equal, bit 2: above
    static Action compare(Statement s, Type type, int allowed, int to, int first, int second) {
        int rest = type.isSigned() ? 64 - type.bits : 0;
        long flip = !type.isSigned() && type.bits == 64 ? Long.MIN_VALUE : 0;
        return new Elementwise(s, Type.PRED, to, first, second) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++) {
                    if ((lanes >>> i & 1) == 0) continue;
                    long x = r[a + i] << rest >> rest ^ flip, y = r[b + i] << rest >> rest ^ flip;
                    r[to + i] = allowed >> (x < y ? 0 : x == y ? 1 : 2) & 1;
                }
            }
        };
    }

    /// An integer of one type as one of another; a wider register holds it extended as its type says.
    ///
    /// @param keep bits of the target
    static Action convert(Statement s, Type type, Type from, long keep, int to, int value) {
        int restFrom = 64 - from.bits, restTo = 64 - type.bits;
        boolean signedFrom = from.isSigned(), signedTo = type.isSigned();
        return new Elementwise(s, type, to, value) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++) {
                    if ((lanes >>> i & 1) == 0) continue;
                    long x = r[a + i] << restFrom;
                    x = (signedFrom ? x >> restFrom : x >>> restFrom) << restTo;
                    r[to + i] = (signedTo ? x >> restTo : x >>> restTo) & keep;
                }
            }
        };
    }

    static Action addFloats(Statement s, int to, int first, int second) {
        return new Elementwise(s, Type.F32, to, first, second) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++)
                    if ((lanes >>> i & 1) != 0) r[to + i] = bits(f(r[a + i]) + f(r[b + i]));
            }
        };
    }

    static Action subtractFloats(Statement s, int to, int first, int second) {
        return new Elementwise(s, Type.F32, to, first, second) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++)
                    if ((lanes >>> i & 1) != 0) r[to + i] = bits(f(r[a + i]) - f(r[b + i]));
            }
        };
    }

    static Action multiplyFloats(Statement s, int to, int first, int second) {
        return new Elementwise(s, Type.F32, to, first, second) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++)
                    if ((lanes >>> i & 1) != 0) r[to + i] = bits(f(r[a + i]) * f(r[b + i]));
            }
        };
    }

    static Action fma(Statement s, int to, int first, int second, int third) {
        return new Elementwise(s, Type.F32, to, first, second, third) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++)
                    if ((lanes >>> i & 1) != 0) r[to + i] = bits(Math.fma(f(r[a + i]), f(r[b + i]), f(r[c + i])));
            }
        };
    }

    private static float f(long bits) {
        return Float.intBitsToFloat((int) bits);
    }

    /// A NaN as a card has it.
    private static long bits(float value) {
        return Float.isNaN(value) ? 0x7fff_ffffL : Float.floatToRawIntBits(value) & 0xffff_ffffL;
    }

    /// Four products of bytes and a sum, all of one word.
    ///
    /// @param signedA whether the bytes of the first operand have signs
    static Action dot(Statement s, boolean signedA, boolean signedB, int to, int first, int second, int third) {
        return new Elementwise(s, Type.B32, to, first, second, third) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++) {
                    if ((lanes >>> i & 1) == 0) continue;
                    int x = (int) r[a + i], y = (int) r[b + i], sum = (int) r[c + i];
                    for (int shift = 0; shift < 32; shift += 8)
                        sum += (signedA ? (byte) (x >> shift) : x >> shift & 0xff) * (signedB ? (byte) (y >> shift) : y >> shift & 0xff);
                    r[to + i] = sum & mask;
                }
            }
        };
    }

    /// Bit by bit, what a table says for three bits.
    static Action logic(Statement s, int table, int to, int first, int second, int third) {
        long[] terms = new long[8];
        for (int entry = 0; entry < 8; entry++) terms[entry] = -(table >> entry & 1);
        return new Elementwise(s, Type.B32, to, first, second, third) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++) {
                    if ((lanes >>> i & 1) == 0) continue;
                    long x = r[a + i], y = r[b + i], z = r[c + i];
                    r[to + i] = mask & (~x & (~y & (~z & terms[0] | z & terms[1]) | y & (~z & terms[2] | z & terms[3]))
                            | x & (~y & (~z & terms[4] | z & terms[5]) | y & (~z & terms[6] | z & terms[7])));
                }
            }
        };
    }

    /// Bytes of two words, chosen by the nibbles of the third.
    static Action permute(Statement s, int to, int first, int second, int third) {
        return new Elementwise(s, Type.B32, to, first, second, third) {
            @Override
            void run(long[] r, int to, int a, int b, int c, long mask, int lanes) {
                for (int i = 0; i < 32; i++) {
                    if ((lanes >>> i & 1) == 0) continue;
                    long both = r[b + i] << 32 | r[a + i];
                    int choice = (int) r[c + i], result = 0;
                    for (int part = 0; part < 4; part++, choice >>>= 4) {
                        int value = (int) (both >>> 8 * (choice & 7)) & 0xff;
                        if ((choice & 8) != 0) value = (byte) value >> 7 & 0xff;
                        result |= value << 8 * part;
                    }
                    r[to + i] = result & mask;
                }
            }
        };
    }
}
