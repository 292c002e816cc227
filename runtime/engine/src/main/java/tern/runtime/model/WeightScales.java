package tern.runtime.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import tern.ir.Interval;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Kind;

/// How a kernel gets the scales of a weight parameter: one f32 for each row, or for each group along k those of all rows side by side.
///
/// @param group neighbours along k that share a scale; 0 where each row has one
/// @param kind  F16, BF16 or F32: holds the scales of all tensors exactly
/// @param weights what the digits may be
record WeightScales(int group, Kind kind, Interval weights) {

    /// One scale for each row of ternary weights.
    static final WeightScales OF_ROWS = new WeightScales(0, Kind.F32, Linear.TRITS);

    /// What serves all of these.
    static WeightScales of(List<Linear> tensors) {
        int group = tensors.stream().mapToInt(tensor -> tensor.scales().group()).reduce(0, WeightScales::divisor);
        Interval weights = tensors.stream().map(Linear::weights).reduce(Linear.TRITS, Interval::union);
        return new WeightScales(group, group == 0 ? Kind.F32 : kind(tensors), weights);
    }

    private static Kind kind(List<Linear> tensors) {
        List<Kind> kinds = tensors.stream().map(tensor -> switch (tensor.scales().type()) {
            case F16 -> Kind.F16;
            case BF16, E8M0 -> Kind.BF16;
            case F32 -> Kind.F32;
        }).distinct().toList();
        return kinds.size() == 1 ? kinds.getFirst() : Kind.F32;
    }

    private static int divisor(int a, int b) {
        return b == 0 ? a : divisor(b, a % b);
    }

    /// @param inputs neighbours of an input that share a scale; 0 = all
    KernelDef kernel(KernelDef ungrouped, int inputs) {
        return group == 0 && inputs == 0 ? ungrouped : ungrouped.byGroups(kind, group, inputs);
    }

    int groups(int k) {
        return group == 0 ? 1 : Math.ceilDiv(k, group);
    }

    long bytes(int m, int k) {
        return (long) m * groups(k) * kind.bytes();
    }

    /// @param into `[groups, m]` (out)
    void write(Linear[] parts, MemorySegment into) {
        int m = 0, k = parts[0].k();
        for (Linear part : parts) m += part.m();
        int first = 0;
        for (Linear part : parts) {
            for (int g = 0; g < groups(k); g++)
                for (int row = 0; row < part.m(); row++) {
                    float scale = part.scales().of(row, g * group);
                    long at = (long) g * m + first + row;
                    switch (kind) {
                        case F16 -> into.setAtIndex(ValueLayout.JAVA_SHORT, at, Float.floatToFloat16(scale));
                        case BF16 -> into.setAtIndex(ValueLayout.JAVA_SHORT, at, (short) (Float.floatToRawIntBits(scale) >>> 16));
                        case F32 -> into.setAtIndex(ValueLayout.JAVA_FLOAT, at, scale);
                        case WEIGHT, I8, I32 -> throw new IllegalStateException("scales of " + kind);
                    }
                }
            first += part.m();
        }
    }
}
