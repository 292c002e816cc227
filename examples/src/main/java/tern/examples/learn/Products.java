package tern.examples.learn;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Products of f32 matrices. Every element of a result is one chain of fused multiply-adds in the order of the inner index: vectors hold
/// neighbours, never parts of one sum, so their width does not show in the bits.
final class Products {

    private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;

    /// Columns must be a multiple of this, on any machine: two of the widest vectors.
    static final int COLUMNS = 32;

    private Products() {}

    /// A matrix within an array: element (i, p) lies at `at + i * row + p * column`.
    record Strided(float[] values, int at, int row, int column) {
        /// A row-major matrix.
        static Strided rows(float[] values, int at, int width) {
            return new Strided(values, at, width, 1);
        }

        /// A row-major matrix, transposed.
        static Strided columns(float[] values, int at, int width) {
            return new Strided(values, at, 1, width);
        }
    }

    /// `c += a b`.
    ///
    /// @param a       `[rows, depth]`
    /// @param b       row-major `[depth, columns]` from `bAt` on
    /// @param c       row-major `[rows, columns]` from `cAt` on (in and out)
    /// @param columns a multiple of [#COLUMNS]
    static void add(Strided a, float[] b, int bAt, float[] c, int cAt, int rows, int depth, int columns) {
        if (columns % COLUMNS != 0) throw new IllegalArgumentException(columns + " columns are no multiple of " + COLUMNS);
        int wide = 2 * LANES.length();
        for (int j = 0; j < columns; j += wide) {
            int i = 0;
            for (; i + 4 <= rows; i += 4) four(a, i, b, bAt + j, c, cAt + i * columns + j, depth, columns);
            for (; i < rows; i++) one(a, i, b, bAt + j, c, cAt + i * columns + j, depth, columns);
        }
    }

    private static void four(Strided a, int i, float[] b, int bAt, float[] c, int cAt, int depth, int columns) {
        float[] x = a.values;
        int at0 = a.at + i * a.row, at1 = at0 + a.row, at2 = at1 + a.row, at3 = at2 + a.row, step = a.column;
        int half = LANES.length();
        int c1 = cAt + columns, c2 = c1 + columns, c3 = c2 + columns;
        FloatVector l0 = load(c, cAt), h0 = load(c, cAt + half), l1 = load(c, c1), h1 = load(c, c1 + half);
        FloatVector l2 = load(c, c2), h2 = load(c, c2 + half), l3 = load(c, c3), h3 = load(c, c3 + half);
        for (int p = 0, from = bAt, off = 0; p < depth; p++, from += columns, off += step) {
            FloatVector low = load(b, from), high = load(b, from + half);
            FloatVector x0 = FloatVector.broadcast(LANES, x[at0 + off]), x1 = FloatVector.broadcast(LANES, x[at1 + off]);
            FloatVector x2 = FloatVector.broadcast(LANES, x[at2 + off]), x3 = FloatVector.broadcast(LANES, x[at3 + off]);
            l0 = x0.fma(low, l0);
            h0 = x0.fma(high, h0);
            l1 = x1.fma(low, l1);
            h1 = x1.fma(high, h1);
            l2 = x2.fma(low, l2);
            h2 = x2.fma(high, h2);
            l3 = x3.fma(low, l3);
            h3 = x3.fma(high, h3);
        }
        l0.intoArray(c, cAt);
        h0.intoArray(c, cAt + half);
        l1.intoArray(c, c1);
        h1.intoArray(c, c1 + half);
        l2.intoArray(c, c2);
        h2.intoArray(c, c2 + half);
        l3.intoArray(c, c3);
        h3.intoArray(c, c3 + half);
    }

    private static void one(Strided a, int i, float[] b, int bAt, float[] c, int cAt, int depth, int columns) {
        int half = LANES.length();
        FloatVector low = load(c, cAt), high = load(c, cAt + half);
        for (int p = 0, from = bAt, at = a.at + i * a.row; p < depth; p++, from += columns, at += a.column) {
            FloatVector x = FloatVector.broadcast(LANES, a.values[at]);
            low = x.fma(load(b, from), low);
            high = x.fma(load(b, from + half), high);
        }
        low.intoArray(c, cAt);
        high.intoArray(c, cAt + half);
    }

    private static FloatVector load(float[] from, int at) {
        return FloatVector.fromArray(LANES, from, at);
    }
}
