package tern.ir;

/// The scales of a matrix: of each row, one for each group of neighbouring weights.
///
/// Any number of threads may read at once.
public interface Scales {

    /// Neighbours along k that share a scale; 0 where a row has one scale.
    int group();

    /// Holds each of them exactly.
    default ScaleType type() {
        return ScaleType.F32;
    }

    /// @param group from 0; always 0 where a row has one scale
    float at(int row, int group);

    /// The scale of a weight.
    default float of(int row, int column) {
        return at(row, group() == 0 ? 0 : column / group());
    }

    /// The same scale for all weights.
    record One(float scale) implements Scales {
        @Override
        public int group() {
            return 0;
        }

        @Override
        public float at(int row, int group) {
            return scale;
        }
    }

    static Scales one(float scale) {
        return new One(scale);
    }
}
