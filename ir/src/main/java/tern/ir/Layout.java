package tern.ir;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/// A function from an index to a position: the index's mixed-radix digits, first mode fastest, times strides.
///
/// Written `(extents):(strides)`. I2_S stores weight k of 128 at bit `6 + 8*(k%32) - 2*(k/32)`: that is `6+(32,4):(8,-2)`.
/// Positions count whatever the user of a layout counts: bits in a packing, elements in a tile.
/// Source of the algebra: CuTe (NVIDIA CUTLASS, `media/docs/cpp/cute/02_layout_algebra`).
public record Layout(int base, List<Mode> modes) {

    /// One digit of the index: `extent` values, `stride` apart.
    public record Mode(int extent, int stride) {
        public Mode {
            if (extent < 1) throw new IllegalArgumentException("extent must be positive: " + extent);
        }
    }

    public Layout {
        modes = List.copyOf(modes);
    }

    /// `base + (extents):(strides)`, given as pairs extent, stride.
    public static Layout of(int base, int... extentsAndStrides) {
        var modes = new ArrayList<Mode>();
        for (int i = 0; i < extentsAndStrides.length; i += 2)
            modes.add(new Mode(extentsAndStrides[i], extentsAndStrides[i + 1]));
        return new Layout(base, modes);
    }

    /// `size` elements side by side.
    public static Layout compact(int size) {
        return of(0, size, 1);
    }

    /// Number of indices.
    public int size() {
        int size = 1;
        for (Mode mode : modes) size = Math.multiplyExact(size, mode.extent);
        return size;
    }

    /// One more than the largest position.
    public int cosize() {
        int last = base;
        for (Mode mode : modes) last += (mode.extent - 1) * Math.max(mode.stride, 0);
        return last + 1;
    }

    /// Position of `index`.
    ///
    /// @throws IndexOutOfBoundsException unless `0 <= index < size()`
    public int at(int index) {
        int rest = Objects.checkIndex(index, size());
        int position = base;
        for (Mode mode : modes) {
            position += rest % mode.extent * mode.stride;
            rest /= mode.extent;
        }
        return position;
    }

    /// The same function with the fewest modes.
    public Layout coalesce() {
        var merged = new ArrayList<Mode>();
        for (Mode mode : modes) {
            if (mode.extent == 1) continue;
            Mode last = merged.isEmpty() ? null : merged.getLast();
            if (last != null && last.stride * last.extent == mode.stride)
                merged.set(merged.size() - 1, new Mode(last.extent * mode.extent, last.stride));
            else merged.add(mode);
        }
        return new Layout(base, merged);
    }

    /// `index -> this.at(inner.at(index))`.
    ///
    /// @throws IllegalArgumentException if the result is no layout: a mode of `inner` would have to step unevenly over the
    ///                                  modes of this one, or leaves it
    public Layout compose(Layout inner) {
        if (inner.base < 0 || inner.cosize() > size())
            throw new IllegalArgumentException(inner + " reaches beyond the " + size() + " indices of " + this);
        var result = new ArrayList<Mode>();
        for (Mode mode : inner.modes) result.addAll(select(mode));
        var composed = new Layout(at(inner.base), result);
        for (int i = 0; i < inner.size(); i++)
            if (composed.at(i) != at(inner.at(i)))
                throw new IllegalArgumentException(this + " after " + inner + " is no layout: index " + i);
        return composed;
    }

    /// The modes that `mode.extent` steps of `mode.stride` take through this layout.
    private List<Mode> select(Mode mode) {
        if (mode.extent == 1 || mode.stride == 0) return List.of(new Mode(mode.extent, 0));
        if (mode.stride < 0) throw new IllegalArgumentException("cannot compose with a negative stride: " + mode);
        var taken = new ArrayList<Mode>();
        int skip = mode.stride, want = mode.extent;
        for (Mode own : modes) {
            if (want == 1) break;
            if (skip >= own.extent) {
                if (skip % own.extent != 0)
                    throw new IllegalArgumentException("stride " + mode.stride + " does not divide by the modes of " + this);
                skip /= own.extent;
                continue;
            }
            if (own.extent % skip != 0)
                throw new IllegalArgumentException("stride " + mode.stride + " does not divide by the modes of " + this);
            int left = own.extent / skip, take = Math.min(left, want);
            if (want % take != 0)
                throw new IllegalArgumentException("extent " + mode.extent + " does not divide by the modes of " + this);
            taken.add(new Mode(take, own.stride * skip));
            want /= take;
            skip = 1;
        }
        if (want != 1) throw new IllegalArgumentException(mode + " leaves " + this);
        return taken;
    }

    /// A layout that, after this one, covers `0..size-1` exactly once.
    ///
    /// @throws IllegalArgumentException if this layout overlaps itself or does not divide `size`
    public Layout complement(int size) {
        var sorted = modes.stream().filter(m -> m.extent > 1).sorted(Comparator.comparingInt(Mode::stride)).toList();
        var gaps = new ArrayList<Mode>();
        int covered = 1;
        for (Mode mode : sorted) {
            if (mode.stride < covered || mode.stride % covered != 0)
                throw new IllegalArgumentException(this + " overlaps itself or has uneven gaps");
            if (mode.stride > covered) gaps.add(new Mode(mode.stride / covered, covered));
            covered = mode.stride * mode.extent;
        }
        if (size % covered != 0) throw new IllegalArgumentException(this + " does not divide " + size);
        if (size > covered) gaps.add(new Mode(size / covered, covered));
        return new Layout(0, gaps);
    }

    /// Splits this layout by a tiler: first the modes within a tile, then the modes over the tiles.
    public Layout divide(Layout tiler) {
        var both = new ArrayList<>(tiler.modes);
        both.addAll(tiler.complement(size()).modes);
        return compose(new Layout(tiler.base, both));
    }

    /// The layout with `inverse().at(at(i)) == i`.
    ///
    /// @throws IllegalArgumentException unless this layout takes `0..size-1` onto itself
    public Layout inverse() {
        record Placed(Mode mode, int place) {}
        var placed = new ArrayList<Placed>();
        int place = 1;
        for (Mode mode : modes) {
            if (mode.extent > 1) placed.add(new Placed(mode, place));
            place *= mode.extent;
        }
        placed.sort(Comparator.comparingInt(p -> p.mode.stride));
        var result = new ArrayList<Mode>();
        int covered = 1;
        for (Placed p : placed) {
            if (p.mode.stride != covered) throw new IllegalArgumentException(this + " is no permutation");
            result.add(new Mode(p.mode.extent, p.place));
            covered *= p.mode.extent;
        }
        if (base != 0) throw new IllegalArgumentException(this + " is no permutation");
        return new Layout(0, result);
    }

    @Override
    public String toString() {
        return (base == 0 ? "" : base + "+")
                + modes.stream().map(m -> "" + m.extent).collect(joining(",", "(", ")"))
                + modes.stream().map(m -> "" + m.stride).collect(joining(",", ":(", ")"));
    }
}
