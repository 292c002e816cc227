package tern.examples.learn;

import java.util.Arrays;

/// Sequences of tokens, one after the other.
///
/// @param tokens  of all rows
/// @param starts  first row of each sequence, and one past the last row
/// @param targets what each row should become, see [Loss]; -1 where nobody asks
record Batch(int[] tokens, int[] starts, int[] targets) {

    int rows() {
        return tokens.length;
    }

    /// Rows with a target.
    int asked() {
        int asked = 0;
        for (int target : targets) if (target >= 0) asked++;
        return asked;
    }

    /// The targets of the rows that have one.
    int[] askedTargets() {
        return Arrays.stream(targets).filter(target -> target >= 0).toArray();
    }
}
