package tern.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.ir.Layout.Mode;

/// The laws of layouts, over random ones.
class LayoutTest {

    static LongStream seeds() {
        return Long.getLong("seed") != null ? LongStream.of(Long.getLong("seed")) : LongStream.range(0, 300);
    }

    @Test
    void i2sAsInItsJavadoc() {
        var layout = Layout.of(6, 32, 8, 4, -2);
        assertEquals("6+(32,4):(8,-2)", layout.toString());
        assertEquals(128, layout.size());
        assertEquals(6, layout.at(0));
        assertEquals(8 * 31, layout.at(127));
        assertThatThrownBy(() -> layout.at(128)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @ParameterizedTest(name = "-Dseed={0}")
    @MethodSource("seeds")
    void coalescedIsTheSameFunction(long seed) {
        Layout layout = any(new SplittableRandom(seed)), coalesced = layout.coalesce();
        assertEquals(layout.size(), coalesced.size());
        for (int i = 0; i < layout.size(); i++) assertEquals(layout.at(i), coalesced.at(i), layout + " at " + i);
        assertEquals(coalesced, coalesced.coalesce());
    }

    @ParameterizedTest(name = "-Dseed={0}")
    @MethodSource("seeds")
    void layoutsThatAreEqualEverywhereCoalesceToOne(long seed) {
        var random = new SplittableRandom(seed);
        Layout layout = any(random);
        var split = new ArrayList<Mode>();
        for (Mode mode : layout.modes()) {
            int factor = 1 + random.nextInt(mode.extent());
            while (mode.extent() % factor != 0) factor--;
            split.add(new Mode(factor, mode.stride()));
            split.add(new Mode(mode.extent() / factor, mode.stride() * factor));
        }
        assertEquals(layout.coalesce(), new Layout(layout.base(), split).coalesce());
    }

    @ParameterizedTest(name = "-Dseed={0}")
    @MethodSource("seeds")
    void permutationsHaveInverses(long seed) {
        Layout layout = permutation(new SplittableRandom(seed)), inverse = layout.inverse();
        for (int i = 0; i < layout.size(); i++) {
            assertEquals(i, inverse.at(layout.at(i)), layout + " at " + i);
            assertEquals(i, layout.at(inverse.at(i)), layout + " at " + i);
        }
        assertEquals(layout.coalesce(), inverse.inverse().coalesce());
    }

    @ParameterizedTest(name = "-Dseed={0}")
    @MethodSource("seeds")
    void composedIsOneAfterTheOther(long seed) {
        var random = new SplittableRandom(seed);
        Layout outer = any(random);
        Layout inner = part(outer.size(), random);
        try {
            Layout composed = outer.compose(inner);
            for (int i = 0; i < inner.size(); i++) assertEquals(outer.at(inner.at(i)), composed.at(i), outer + " after " + inner);
        } catch (IllegalArgumentException e) {
            // Not every function composed of two layouts is one; then it says so.
            assertThat(e).hasMessageContaining(outer.toString()).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest(name = "-Dseed={0}")
    @MethodSource("seeds")
    void composingAPermutationWithItsInverseIsTheIdentity(long seed) {
        Layout layout = permutation(new SplittableRandom(seed));
        assertEquals(Layout.compact(layout.size()).coalesce(), layout.compose(layout.inverse()).coalesce());
    }

    @ParameterizedTest(name = "-Dseed={0}")
    @MethodSource("seeds")
    void aLayoutAndItsComplementCoverEverythingOnce(long seed) {
        var random = new SplittableRandom(seed);
        Layout all = permutation(random);
        var some = new ArrayList<Mode>();
        for (Mode mode : all.modes()) if (random.nextBoolean()) some.add(mode);
        Layout layout = new Layout(0, some), rest = layout.complement(all.size());
        var covered = new BitSet();
        for (int i = 0; i < layout.size(); i++) for (int j = 0; j < rest.size(); j++) covered.set(layout.at(i) + rest.at(j));
        assertEquals(all.size(), layout.size() * rest.size(), layout + " and " + rest);
        assertEquals(all.size(), covered.cardinality(), layout + " and " + rest);
    }

    @ParameterizedTest(name = "-Dseed={0}")
    @MethodSource("seeds")
    void dividedByATilerIsTheLayoutTileByTile(long seed) {
        var random = new SplittableRandom(seed);
        Layout layout = permutation(random);
        int tile = 1 + random.nextInt(layout.size());
        while (layout.size() % tile != 0) tile--;
        try {
            Layout divided = layout.divide(Layout.compact(tile));
            for (int i = 0; i < layout.size(); i++) assertEquals(layout.at(i), divided.at(i), layout + " by " + tile);
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageContaining("does not divide");
        }
    }

    @Test
    void whatCannotBe() {
        assertThatThrownBy(() -> Layout.of(0, 4, 2).inverse()).hasMessage("(4):(2) is no permutation");
        assertThatThrownBy(() -> Layout.of(1, 4, 1).inverse()).hasMessage("1+(4):(1) is no permutation");
        assertThatThrownBy(() -> Layout.of(0, 4, 1, 4, 2).complement(16)).hasMessage("(4,4):(1,2) overlaps itself or has uneven gaps");
        assertThatThrownBy(() -> Layout.of(0, 4, 1).complement(6)).hasMessage("(4):(1) does not divide 6");
        assertThatThrownBy(() -> Layout.of(0, 4, 1).compose(Layout.compact(5))).hasMessage("(5):(1) reaches beyond the 4 indices of (4):(1)");
        assertThatThrownBy(() -> new Mode(0, 1)).hasMessage("extent must be positive: 0");
    }

    private static Layout any(RandomGenerator random) {
        var modes = new ArrayList<Mode>();
        for (int i = random.nextInt(4); i >= 0; i--) modes.add(new Mode(1 + random.nextInt(6), random.nextInt(-8, 20)));
        return new Layout(random.nextInt(100), modes);
    }

    private static Layout permutation(RandomGenerator random) {
        var extents = new ArrayList<Integer>();
        for (int i = random.nextInt(4); i >= 0; i--) extents.add(1 + random.nextInt(6));
        List<Mode> modes = new ArrayList<>();
        int stride = 1;
        for (int extent : extents) {
            modes.add(random.nextInt(modes.size() + 1), new Mode(extent, stride));
            stride *= extent;
        }
        return new Layout(0, modes);
    }

    private static Layout part(int size, RandomGenerator random) {
        int stride = 1 + random.nextInt(size), extent = 1 + random.nextInt(Math.max(1, size / stride));
        return Layout.of(random.nextInt(size - (extent - 1) * stride), extent, stride);
    }
}
