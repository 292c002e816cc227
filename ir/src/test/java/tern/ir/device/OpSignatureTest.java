package tern.ir.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.reference.ReferenceBuffer;

class OpSignatureTest {

    private static final Op.Attention ATTENTION = new Op.Attention(20, 5, 128, 4096, Element.BF16);

    @Test
    void namesParse() {
        assertThat(OpSignature.name(ATTENTION)).isEqualTo("attention_bf16_h20_g5_d128_c4096");
        assertThat(OpSignature.name(new Op.Head(128256, 2560, Element.F16, true))).isEqualTo("head_f16_v128256_k2560_last");
        assertThat(OpSignature.name(new Op.RopeAppend(4, 2, 8, 16, 1e4f, Op.RopePairs.HALVES, Element.F32)))
                .isEqualTo("rope_halves_f32_h4_g2_d8_c16");
    }

    @Test
    void countsBytes() {
        assertThat(OpSignature.bytes(ATTENTION, 3))
                .containsExactly(3 * 4 * 3840, 5 * 4096 * 128 * 2, 5 * 4096 * 128 * 2, 3 * 4 * 2560);
        assertThat(OpSignature.bytes(new Op.Head(128256, 2560, Element.F16, true), 3))
                .containsExactly(4 * 2560, 128256L * 2560 * 2, 4 * 128256);
    }

    @Test
    void eachTokenHasItsPlace() {
        var each = new Op.RaggedBatch(ATTENTION, 64);
        assertThat(OpSignature.name(each)).isEqualTo("attention_bf16_h20_g5_d128_c4096_each64");
        assertThat(OpSignature.bytes(each, 3))
                .containsExactly(3 * 4 * 3840, 64L * 5 * 4096 * 128 * 2, 64L * 5 * 4096 * 128 * 2, 3 * 4 * 2560, 3 * 8);
        assertThat(OpSignature.bytes(new Op.RaggedBatch(new Op.TopLogits(100, 64, Element.F16, 2), 8), 5)[3]).isEqualTo(5 * 2 * 4);
        assertThatThrownBy(() -> new Op.RaggedBatch(new Op.Quantise(64), 2)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tokens of several sequences are no matter to Quantise[width=64, group=0]");
        var rope = new Op.RaggedBatch(new Op.RopeAppend(1, 1, 2, 4, 1e4f, Op.RopePairs.HALVES, Element.F32), 2);
        List<ReferenceBuffer> three = List.of(buffer(96), buffer(128), buffer(128), buffer(24));
        OpSignature.check(rope, three, 3, 3); // two of them of one sequence
        var top = new Op.RaggedBatch(new Op.TopLogits(1, 1, Element.F32, 1), 2);
        List<ReferenceBuffer> five = Stream.generate(() -> buffer(128)).limit(5).toList();
        assertThatThrownBy(() -> OpSignature.check(top, five, 3, 3)).hasMessage("top1_f32_v1_k1_each2: 3 tokens of 2 sequences");
        assertThatThrownBy(() -> OpSignature.check(rope, three, 2, 4))
                .hasMessage("rope_halves_f32_h1_g1_d2_c4_each2: 2 tokens at position 4 exceed the context of 4");
        OpSignature.check(rope, three, 2, 3);
    }

    @Test
    void refusesWhatDoesNotFit() {
        var op = new Op.Norm(3, 1e-5f, true);
        assertThatThrownBy(() -> OpSignature.check(op, List.of(buffer(12)), 1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("norm_k3_last: takes 3 arguments, not 1");
        assertThatThrownBy(() -> OpSignature.check(op, List.of(buffer(11), buffer(12), buffer(12)), 1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("norm_k3_last: argument 0 needs 12 bytes and has 11");
        assertThatThrownBy(() -> OpSignature.check(op, List.of(buffer(12), buffer(12), buffer(12)), 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("norm_k3_last: n = 0, position = 0");
        var rope = new Op.RopeAppend(1, 1, 2, 4, 1e4f, Op.RopePairs.HALVES, Element.F32);
        assertThatThrownBy(() -> OpSignature.check(rope, List.of(buffer(48), buffer(32), buffer(32)), 2, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("rope_halves_f32_h1_g1_d2_c4: 2 tokens at position 3 exceed the context of 4");
    }

    private static ReferenceBuffer buffer(int bytes) {
        return new ReferenceBuffer(MemorySegment.ofArray(new byte[bytes]));
    }
}
