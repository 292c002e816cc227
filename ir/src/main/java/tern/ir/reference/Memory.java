package tern.ir.reference;

import static java.util.Locale.ROOT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.loop.Buf;

/// A buffer of a running program: its bytes, and who wrote each element when.
final class Memory {

    /// A stamp of elements that nobody wrote.
    private static final long NEVER = -1;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Buf buf;
    private final Element element;
    private final Crew crew;
    private MemorySegment bytes = MemorySegment.NULL;
    /// Elements that the program may touch.
    private long extent;
    /// By element, of memory that is written; null otherwise.
    private long @Nullable [] stamps;

    Memory(Buf buf, Crew crew) {
        this.buf = buf;
        this.element = buf.element();
        this.crew = crew;
        List<Integer> data = buf.data();
        if (data == null) return;
        bytes = MemorySegment.ofArray(new byte[data.size() * element.bytes()]);
        extent = data.size();
        for (int i = 0; i < data.size(); i++) put(i, data.get(i));
    }

    Element element() {
        return element;
    }

    /// Uses an argument of a launch.
    ///
    /// @throws IllegalArgumentException if it is smaller than `extent` elements
    void bind(MemorySegment argument, long extent) {
        if (argument.byteSize() < extent * element.bytes())
            throw new IllegalArgumentException(String.format(ROOT, "%s needs %d bytes, its argument has %d",
                    buf, extent * element.bytes(), argument.byteSize()));
        bytes = argument;
        this.extent = extent;
        stamps = buf.scope() == Buf.Scope.IN ? null : new long[Math.toIntExact(extent)];
    }

    /// Fresh scratch that nobody has written.
    void scratch(long extent) {
        this.extent = extent;
        bytes = MemorySegment.ofArray(new byte[Math.toIntExact(extent * element.bytes())]);
        stamps = new long[Math.toIntExact(extent)];
        Arrays.fill(stamps, NEVER);
    }

    /// An integer element, wrapped into its type.
    long load(long index) {
        return checkRead(index) ? get(index) : 0;
    }

    float loadFloat(long index) {
        return checkRead(index) ? Numbers.ofFloatBits(element, get(index)) : 0;
    }

    /// A signed byte of an element, by its number in the buffer.
    byte loadByte(long at) {
        return checkRead(Math.floorDiv(at, element.bytes())) ? bytes.get(ValueLayout.JAVA_BYTE, at) : 0;
    }

    void store(long index, long value) {
        checkWrite(index, value);
        put(index, value);
    }

    void storeFloat(long index, float value) {
        store(index, Numbers.floatBits(element, value));
    }

    /// Makes elements unreadable: a copy into them is under way.
    void invalidate(long index, int count) {
        for (long i = index; i < index + count; i++) {
            checkWrite(i, get(i));
            if (stamps != null) stamps[(int) i] = NEVER;
        }
    }

    /// Copies the bits of an element of a buffer of the same element type.
    void copy(long index, Memory from, long fromIndex) {
        store(index, from.checkRead(fromIndex) ? from.get(fromIndex) : 0);
    }

    /// The same for a copy on a signal: whoever waits for that sees it as if it had been there when the copy began.
    void arrive(long index, Memory from, long fromIndex, long begun) {
        copy(index, from, fromIndex);
        if (stamps != null) stamps[(int) index] = begun;
    }

    /// @return false if the element lies in the readable bytes after the buffer and holds nothing
    private boolean checkRead(long index) {
        boolean slack = buf.isParameter() && (index + 1) * element.bytes() <= extent * element.bytes() + Buf.SLACK;
        if (index < 0 || index >= extent && !slack)
            throw new Fault(String.format(ROOT, "reads element %d of %s, which has %d", index, buf, extent));
        if (index >= extent) return (index + 1) * element.bytes() <= bytes.byteSize();
        if (stamps == null) return true;
        long stamp = stamps[(int) index];
        if (stamp == NEVER) throw new Fault(String.format(ROOT, "reads element %d of %s, which nobody wrote", index, buf));
        if (!crew.sees(stamp, buf.scope() == Buf.Scope.CORE))
            throw new Fault(String.format(ROOT, "reads element %d of %s, which another parallel iteration wrote without a barrier between", index, buf));
        return true;
    }

    private void checkWrite(long index, long value) {
        if (index < 0 || index >= extent)
            throw new Fault(String.format(ROOT, "writes element %d of %s, which has %d", index, buf, extent));
        if (stamps == null) throw new Fault("writes " + buf + ", which is only read");
        long stamp = stamps[(int) index];
        boolean shared = buf.scope() != Buf.Scope.CORE;
        if (shared && stamp != NEVER && !crew.sees(stamp, false) && differs(get(index), value))
            throw new Fault(String.format(ROOT, "writes element %d of %s, which another parallel iteration wrote as well, with another value", index, buf));
        stamps[(int) index] = crew.now();
    }

    private boolean differs(long a, long b) {
        return ((a ^ b) & -1L >>> 64 - element.bits()) != 0;
    }

    /// Bits of an element; integers as their value.
    private long get(long index) {
        long at = index * element.bytes();
        return switch (element) {
            case BOOL, U8 -> bytes.get(ValueLayout.JAVA_BYTE, at) & 0xff;
            case I8 -> bytes.get(ValueLayout.JAVA_BYTE, at);
            case I16 -> bytes.get(SHORT, at);
            case U16, F16, BF16 -> bytes.get(SHORT, at) & 0xffff;
            case I32 -> bytes.get(INT, at);
            case U32, F32 -> bytes.get(INT, at) & 0xffff_ffffL;
            case I64, U64 -> bytes.get(LONG, at);
        };
    }

    private void put(long index, long value) {
        long at = index * element.bytes();
        switch (element.bytes()) {
            case 1 -> bytes.set(ValueLayout.JAVA_BYTE, at, (byte) value);
            case 2 -> bytes.set(SHORT, at, (short) value);
            case 4 -> bytes.set(INT, at, (int) value);
            default -> bytes.set(LONG, at, value);
        }
    }
}
