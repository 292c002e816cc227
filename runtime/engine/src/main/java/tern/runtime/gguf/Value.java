package tern.runtime.gguf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;
import java.util.List;
import tern.runtime.Quote;

/// The value of a metadata key.
public sealed interface Value {

    ValueType type();

    /// An integer of any width; a u64 above `Long.MAX_VALUE` is its negative twin.
    record Int(ValueType type, long value) implements Value {
        public Int {
            if (!type.integral()) throw new IllegalArgumentException(type + " is no integer type");
        }

        @Override
        public String toString() {
            return type == ValueType.U64 ? Long.toUnsignedString(value) : Long.toString(value);
        }
    }

    /// A floating-point number, F32 or F64.
    record Real(ValueType type, double value) implements Value {
        public Real {
            if (type != ValueType.F32 && type != ValueType.F64)
                throw new IllegalArgumentException(type + " is no floating-point type");
        }

        @Override
        public String toString() {
            return type == ValueType.F32 ? Float.toString((float) value) : Double.toString(value);
        }
    }

    record Bool(boolean value) implements Value {
        @Override
        public ValueType type() {
            return ValueType.BOOL;
        }

        @Override
        public String toString() {
            return Boolean.toString(value);
        }
    }

    record Text(String value) implements Value {
        @Override
        public ValueType type() {
            return ValueType.TEXT;
        }

        @Override
        public String toString() {
            return Quote.of(value);
        }
    }

    /// Elements of one type, left as they are encoded: a vocabulary is decoded only where it is wanted.
    /// [Metadata] does that. Two arrays are equal when they are the same memory.
    ///
    /// @param element type of every element, not ARRAY
    /// @param count   number of elements
    /// @param encoded the elements as they are in a file, without the array's own header
    record Array(ValueType element, long count, MemorySegment encoded) implements Value {
        public Array {
            if (element == ValueType.ARRAY) throw new IllegalArgumentException("arrays of arrays are not supported");
        }

        @Override
        public ValueType type() {
            return ValueType.ARRAY;
        }

        @Override
        public String toString() {
            return "%s[%d]".formatted(element, count);
        }
    }

    /// @throws IllegalArgumentException unless `0 <= value < 2^32`
    static Value u32(long value) {
        if (value >>> 32 != 0) throw new IllegalArgumentException(value + " is no u32");
        return new Int(ValueType.U32, value);
    }

    static Value f32(float value) {
        return new Real(ValueType.F32, value);
    }

    static Value bool(boolean value) {
        return new Bool(value);
    }

    static Value text(String value) {
        return new Text(value);
    }

    static Value texts(List<String> values) {
        List<byte[]> encoded = values.stream().map(v -> v.getBytes(UTF_8)).toList();
        long bytes = encoded.stream().mapToLong(e -> 8L + e.length).sum();
        MemorySegment into = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
        long at = 0;
        for (byte[] one : encoded) {
            into.set(JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN), at, one.length);
            MemorySegment.copy(one, 0, into, JAVA_BYTE, at + 8, one.length);
            at += 8L + one.length;
        }
        return new Array(ValueType.TEXT, values.size(), into.asReadOnly());
    }

    static Value i32s(int... values) {
        MemorySegment into = MemorySegment.ofArray(new byte[Math.multiplyExact(4, values.length)]);
        MemorySegment.copy(values, 0, into, JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN), 0, values.length);
        return new Array(ValueType.I32, values.length, into.asReadOnly());
    }

    static Value f32s(float... values) {
        MemorySegment into = MemorySegment.ofArray(new byte[Math.multiplyExact(4, values.length)]);
        MemorySegment.copy(values, 0, into, JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN), 0, values.length);
        return new Array(ValueType.F32, values.length, into.asReadOnly());
    }
}
