package tern.ir.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tern.ir.Packing;

/// Packings with parameters: what they declare, and what is wrong with them.
class ParametersTest {

    private static Tir parse(String text) {
        return Tir.parse(new Source("p.tir", text));
    }

    @Test
    void eachCombinationIsAPacking() {
        Tir tir = parse("packing q(R in 8 | 16, W in 4 | 8) { tile rows R, k W; codec two; code at row*16 + k/4*8 + k%4*2; }");
        assertThat(tir.packings()).extracting(Packing::name).containsExactly("q8x4", "q8x8", "q16x4", "q16x8");
        assertThat(tir.packing("q16x4").rows()).isEqualTo(16);
        assertThat(tir.packing("q16x4").columns()).isEqualTo(4);
    }

    @Test
    void aParameterStandsForAnyNumber() {
        Packing written = parse("packing q8 { tile rows 8, k 16, 48 bytes; codec two; code at 8 + row*32 + k%4*8 + k/4*2; scale f16 at 40; }")
                .packing("q8");
        Packing instance = parse(
                "packing q(B in 8) { tile rows B, k 16, 48 bytes; codec two; code at B + row*32 + k%4*B + k/4*2; scale f16 at 40; }")
                .packing("q8");
        assertThat(instance).isEqualTo(written);
    }

    @Test
    void problemsNameThePlaceAndTheInstance() {
        assertThatThrownBy(() -> parse("packing q(R in 8) { tile rows S, k 4; codec two; code at row*8 + k*2; }"))
                .hasMessageContaining("p.tir:1:31: 'S' is no number; the parameters are R");
        assertThatThrownBy(() -> parse("packing q { tile rows S, k 4; codec two; code at row*8 + k*2; }"))
                .hasMessageContaining("'S' is no number, and this packing has no parameters");
        assertThatThrownBy(() -> parse("packing q(R in 8 | 16) { tile rows R, k 4; codec two; code at row%8*8 + k*2; }"))
                .hasMessageContaining("{R=16}: ");
        assertThatThrownBy(() -> parse("packing q(R in 8, R in 4) { tile rows R, k 4; codec two; code at row*8 + k*2; }"))
                .hasMessageContaining("a second parameter R");
        assertThatThrownBy(() -> parse("packing q(R in 0) { tile rows R, k 4; codec two; code at row*8 + k*2; }"))
                .hasMessageContaining("0 is not allowed here");
        assertThatThrownBy(() -> parse("packing q(R in 8 | 8) { tile rows R, k 4; codec two; code at row*8 + k*2; }"))
                .hasMessageContaining("a second packing named q8");
        assertThatThrownBy(() -> parse("packing q(R in 1|2|3|4|5|6|7|8|9, S in 1|2|3|4|5|6|7|8) { tile rows R, k S; codec two; code at row*16 + k*2; }"))
                .hasMessageContaining("more than 64 instances of one packing");
    }
}
