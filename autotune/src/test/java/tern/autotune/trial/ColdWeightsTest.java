package tern.autotune.trial;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tern.ir.PackedMatrix;
import tern.ir.Packing;
import tern.ir.device.Buffer;
import tern.ir.text.Tir;

class ColdWeightsTest {

    private final List<MemorySegment> shared = new ArrayList<>();
    private final AlteredDevice device = new AlteredDevice() {
        @Override
        public Buffer share(MemorySegment host) {
            shared.add(host);
            return super.share(host);
        }
    };

    @ParameterizedTest
    @ValueSource(strings = {"tri5r32", "i2_s", "tq1_0", "planes", "hf"})
    void everyMatrixHoldsWeightsOfItsPacking(String name) {
        Packing packing = Tir.library().packing(name);
        var matrices = new ColdWeights(device, 1 << 18, 1 << 20).matrices(packing, 100, 200, 1);
        assertThat(matrices.all().size()).isEqualTo(shared.size()).isGreaterThan(10);
        int[] digits = new int[3];
        for (MemorySegment bytes : List.of(shared.getFirst(), shared.getLast())) {
            var matrix = new PackedMatrix(packing, 100, 200, bytes);
            byte[] row = new byte[200];
            for (int r = 0; r < 100; r++) {
                matrix.read(r, row);
                for (byte digit : row) digits[digit + 1]++;
            }
        }
        for (int count : digits) assertThat(count).as("of 40,000 random trits").isBetween(10_000, 17_000);
    }

    @Test
    void matricesLieApartAndAligned() {
        new ColdWeights(device, 1 << 18, 1 << 20).matrices(Tir.library().packing("tri5r32"), 70, 200, 1);
        for (int i = 1; i < shared.size(); i++) {
            long gap = shared.get(i).address() - shared.get(i - 1).address();
            assertThat(gap).isGreaterThanOrEqualTo(shared.get(i - 1).byteSize() + 64);
            assertThat(gap % 64).isZero();
        }
    }

    @Test
    void kernelsOnOnePackingTakeTurns() {
        var cold = new ColdWeights(device, 1 << 18, 1 << 20);
        Packing packing = Tir.library().packing("tri5r32");
        var one = cold.matrices(packing, 64, 90, 1);
        var other = cold.matrices(packing, 64, 90, 1);
        var visits = new HashSet<Integer>();
        for (int i = 0; i < 10; i++) {
            visits.add(one.visit());
            visits.add(other.visit());
        }
        assertThat(visits).hasSize(20);
    }

    @Test
    void aMatrixLargerThanTheRegionIsThereOnce() {
        var cold = new ColdWeights(device, 1 << 10, 1 << 20);
        assertThat(cold.matrices(Tir.library().packing("tri5r32"), 320, 900, 2).all()).hasSize(2);
    }
}
