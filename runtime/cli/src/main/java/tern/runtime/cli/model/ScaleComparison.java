package tern.runtime.cli.model;

import tern.ir.PackedMatrix;
import tern.ir.Scales;

/// Scales in a packing compared with those of a model: a packing may have none, or round them.
///
/// @param compared  weights or groups whose scale was looked at
/// @param different of these
/// @param largest   difference, as a share of the model's scale
record ScaleComparison(long compared, long different, double largest) {

    /// @param packed of a packing with scales
    static ScaleComparison of(PackedMatrix packed, Scales model) {
        Scales own = packed.scales();
        int step = own.group() == 0 ? model.group() : model.group() == 0 ? own.group() : Math.min(own.group(), model.group());
        long compared = 0, different = 0;
        double largest = 0;
        for (int row = 0; row < packed.m(); row++)
            for (int column = 0; column < packed.k(); column += step == 0 ? packed.k() : step) {
                float found = own.of(row, column), expected = model.of(row, column);
                compared++;
                if (Float.compare(found, expected) == 0) continue;
                different++;
                largest = Math.max(largest, Math.abs((double) found - expected) / Math.abs(expected));
            }
        return new ScaleComparison(compared, different, largest);
    }

    /// In words.
    static String said(PackedMatrix packed, Scales model) {
        if (packed.packing().scale() == null) return "the packing holds no scales";
        ScaleComparison all = of(packed, model);
        return all.different == 0 ? "scales are the model's"
                : "scales in %s: %,d of %,d differ from the model's, by %.2e of it at most".formatted(
                        packed.packing().scale().type(), all.different, all.compared, all.largest);
    }
}
