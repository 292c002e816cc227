package tern.ir.picture;

import static java.util.Locale.ROOT;

import tern.ir.Packing;

/// What tells weights of a tile apart at a glance: the first of row, digit, scale and place in the word in which they differ.
enum Colours {
    ROW("row"),
    DIGIT("digit of the code"),
    SCALE("scale"),
    BIT("bit of the word");

    private final String meaning;

    Colours(String meaning) {
        this.meaning = meaning;
    }

    static Colours of(Packing packing) {
        if (packing.rows() > 1) return ROW;
        if (packing.sections().stream().anyMatch(s -> s.codec().digits() > 1)) return DIGIT;
        if (packing.scale() != null && packing.group() > 0 && packing.group() < packing.columns()) return SCALE;
        return BIT;
    }

    /// @param digit of its code that the weight is
    /// @param shift of the first field of its code in the word
    int of(Packing packing, int row, int column, int digit, int shift) {
        int key = switch (this) {
            case ROW -> row;
            case DIGIT -> digit;
            case SCALE -> column / packing.group();
            case BIT -> shift;
        };
        return key % Svg.COLOURS;
    }

    @Override
    public String toString() {
        return String.format(ROOT, "coloured by %s", meaning);
    }
}
