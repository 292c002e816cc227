package tern.ir.loop;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.Interval;

/// A run of elements in memory that a program reads or writes by element index.
///
/// @param extent elements, an expression over the program's scalars
/// @param values what an integer buffer may hold when it is read; the interval analysis starts from it. Null for floats
/// @param data   the elements of a [Scope#CONSTANT] buffer, null for all others
public record Buf(
        String name,
        Element element,
        Scope scope,
        Expr extent,
        @Nullable Interval values,
        @Nullable List<Integer> data) {

    /// Bytes after a parameter that a program may read, see [tern.ir.device.Device#allocate(long)].
    public static final int SLACK = 64;

    /// Who owns the memory and who sees it.
    public enum Scope {
        /// Parameter that is only read.
        IN,
        /// Parameter that is only written.
        OUT,
        /// Parameter that is read and written.
        INOUT,
        /// Part of the program, never written.
        CONSTANT,
        /// Scratch of one core, or of one thread block (shared memory). Undefined when a kernel starts.
        CORE,
        /// Scratch that all cores see. Undefined when a kernel starts.
        TEAM
    }

    public static Buf in(String name, Element element, Expr extent, @Nullable Interval values) {
        return new Buf(name, element, Scope.IN, extent, values, null);
    }

    public static Buf out(String name, Element element, Expr extent) {
        return new Buf(name, element, Scope.OUT, extent, null, null);
    }

    public static Buf scratch(String name, Element element, Scope scope, int extent, @Nullable Interval values) {
        return new Buf(name, element, scope, Expr.i32(extent), values, null);
    }

    public Buf {
        if (data != null) data = Entries.of(data);
    }

    /// An integer table that belongs to the program.
    public static Buf constant(String name, Element element, int... data) {
        int low = Arrays.stream(data).min().orElseThrow(), high = Arrays.stream(data).max().orElseThrow();
        return new Buf(name, element, Scope.CONSTANT, Expr.i32(data.length), Interval.of(low, high), new Entries(data.clone()));
    }

    /// Integers that know their hash: a table may have 65,536 of them, and buffers are keys of maps.
    private static final class Entries extends AbstractList<Integer> implements RandomAccess {
        private final int[] values;
        private final int hash;

        Entries(int[] values) {
            this.values = values;
            hash = Arrays.hashCode(values);
        }

        static Entries of(List<Integer> data) {
            return data instanceof Entries entries ? entries : new Entries(data.stream().mapToInt(Integer::intValue).toArray());
        }

        @Override
        public Integer get(int index) {
            return values[index];
        }

        @Override
        public int size() {
            return values.length;
        }

        @Override
        public boolean equals(Object other) {
            if (this == other) return true;
            return other instanceof Entries entries ? hash == entries.hash && Arrays.equals(values, entries.values) : super.equals(other);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    public boolean isParameter() {
        return scope == Scope.IN || scope == Scope.OUT || scope == Scope.INOUT;
    }

    /// Names distinguish buffers; a constant may have thousands of numbers.
    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }
}
