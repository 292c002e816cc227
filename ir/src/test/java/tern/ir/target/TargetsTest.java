package tern.ir.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TargetsTest {

    @Test
    void everyPresetIsFoundByItsNameAndSaysWhereItsNumbersComeFrom() {
        for (Target target : Targets.all()) {
            assertEquals(target, Targets.of(target.name()));
            assertThat(target.source()).isNotBlank();
            assertThat(target.memoryBytesPerSecond()).isBetween(1e10, 1e13);
        }
    }

    @Test
    void namesMayHaveDashes() {
        assertEquals(Targets.NEOVERSE_N1, Targets.of("neoverse-n1"));
    }

    @Test
    void unknownNames() {
        assertThatThrownBy(() -> Targets.of("m1")).hasMessage(
                "no target is named 'm1'; there are avx2, zen3, avx2_vnni, avx512, zen4, sapphire_rapids, raptor_lake, neon128, neoverse_n1, apple_m2, h200, a100, rtx4090");
    }
}
