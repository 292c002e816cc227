package tern.runtime.cli.tune;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tern.ir.target.Targets;

class ImitationTest {

    @Test
    void narrowerVectorsCanBeHad() {
        assertThat(Imitation.of(Targets.AVX2, 512, "amd64")).isEqualTo(new Imitation.Flags(List.of("-XX:UseAVX=2")));
        assertThat(Imitation.of(Targets.NEON128, 512, "amd64")).isEqualTo(new Imitation.Flags(List.of("-XX:MaxVectorSize=16")));
        assertThat(Imitation.of(Targets.AVX2, 512, "aarch64")).isEqualTo(new Imitation.Flags(List.of("-XX:MaxVectorSize=32")));
        assertThat(Imitation.of(Targets.AVX512, 512, "amd64")).isEqualTo(new Imitation.Flags(List.of()));
    }

    @Test
    void widerOnesCannot() {
        assertThat(Imitation.of(Targets.AVX512, 256, "amd64"))
                .isEqualTo(new Imitation.Impossible("its vectors of 512 bits are wider than the 256 here"));
    }
}
