package tern.runtime.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Function;
import java.util.stream.IntStream;
import tern.ir.Element;
import tern.ir.ScaleType;

/// An embedding or head of packed weights, widened for operations that want floats: weight times scale, exactly.
///
/// @param wrong makes an exception that names the tensor
record PackedTable(Linear weights, Function<String, RuntimeException> wrong) {

    /// F16 where the scales are, F32 otherwise.
    Element elementOf() {
        return weights.scales().type() == ScaleType.F16 ? Element.F16 : Element.F32;
    }

    /// `[m, k]`
    MemorySegment widened(Arena arena) {
        int k = weights.k();
        boolean half = elementOf() == Element.F16;
        MemorySegment table = arena.allocate((half ? 2L : 4L) * weights.m() * k, 64);
        IntStream.range(0, weights.m()).parallel().forEach(row -> {
            byte[] digits = new byte[k];
            weights.rows().read(row, digits);
            for (int i = 0; i < k; i++) {
                float value = digits[i] * weights.scales().of(row, i);
                if (half && Math.abs(value) > 65504) throw wrong.apply("row %d, column %d is %s, which f16 does not hold".formatted(row, i, value));
                long at = (long) row * k + i;
                if (half) table.setAtIndex(ValueLayout.JAVA_SHORT, at, Float.floatToFloat16(value));
                else table.setAtIndex(ValueLayout.JAVA_FLOAT, at, value);
            }
        });
        return table;
    }
}
