package tern.codegen.cuda.simulate;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Bytes of one allocation, and which of them have been written.
final class Region {

    static final VarHandle SHORT = view(short[].class);
    static final VarHandle INT = view(int[].class);
    static final VarHandle LONG = view(long[].class);

    private static final long ALL_KNOWN = 0x0101_0101_0101_0101L;

    final long base;
    final byte[] data;
    /// The last launch that wrote here, and between which bytes it did.
    private long launch;
    private int from;
    private int to;
    /// The last launch before that one, and between which bytes it and those that it overlaps wrote.
    private long launchBefore;
    private int fromBefore;
    private int toBefore;
    /// 1 for a byte that was written.
    private final byte[] known;

    Region(long base, int bytes) {
        this.base = base;
        data = new byte[bytes];
        known = new byte[bytes];
    }

    private static VarHandle view(Class<?> array) {
        return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN);
    }

    boolean holds(long address, int bytes) {
        long at = address - base;
        return at >= 0 && at + bytes <= data.length;
    }

    boolean isKnown(int at, int bytes) {
        int i = at;
        int end = at + bytes;
        for (; i + 8 <= end; i += 8) if ((long) LONG.get(known, i) != ALL_KNOWN) return false;
        for (; i < end; i++) if (known[i] == 0) return false;
        return true;
    }

    /// The first byte of those that was not written.
    int firstUnknown(int at) {
        int i = at;
        while (known[i] != 0) i++;
        return i;
    }

    void know(int at, int bytes) {
        switch (bytes) {
            case 4 -> INT.set(known, at, (int) ALL_KNOWN);
            case 8 -> LONG.set(known, at, ALL_KNOWN);
            default -> Arrays.fill(known, at, at + bytes, (byte) 1);
        }
    }

    /// Copies bytes, and whether they are known.
    void take(int at, Region from, int index, int bytes) {
        System.arraycopy(from.data, index, data, at, bytes);
        System.arraycopy(from.known, index, known, at, bytes);
    }

    /// A launch writes.
    ///
    /// @param number of the launch, from 1
    /// @param chain  of the first launch that may overlap it
    void touch(long number, long chain, int at, int bytes) {
        if (launch != number) {
            boolean more = launchBefore >= chain;
            fromBefore = more ? Math.min(fromBefore, from) : from;
            toBefore = more ? Math.max(toBefore, to) : to;
            launchBefore = launch;
            launch = number;
            from = at;
            to = at;
        }
        from = Math.min(from, at);
        to = Math.max(to, at + bytes);
    }

    /// Whether a launch from `first` on, before `own`, may have written one of those bytes.
    boolean isTouched(long first, long own, int at, int bytes) {
        return launch >= first && launch < own && at < to && at + bytes > from
                || launchBefore >= first && launchBefore < own && at < toBefore && at + bytes > fromBefore;
    }

    void forget() {
        Arrays.fill(known, (byte) 0);
    }

    /// @param bytes 1, 2, 4 or 8
    long get(int at, int bytes) {
        return switch (bytes) {
            case 1 -> data[at] & 0xff;
            case 2 -> (short) SHORT.get(data, at) & 0xffff;
            case 4 -> (int) INT.get(data, at) & 0xffff_ffffL;
            default -> (long) LONG.get(data, at);
        };
    }

    /// @param bytes 1, 2, 4 or 8
    void set(int at, int bytes, long value) {
        switch (bytes) {
            case 1 -> data[at] = (byte) value;
            case 2 -> SHORT.set(data, at, (short) value);
            case 4 -> INT.set(data, at, (int) value);
            default -> LONG.set(data, at, value);
        }
    }
}
