package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ByteAlphabetTest {

    @Test
    void asInGpt2() {
        assertThat(ByteAlphabet.write(" a\n\u007f~".getBytes(UTF_8))).isEqualTo("ĠaĊġ~");
        assertThat(ByteAlphabet.write(new byte[] {0, (byte) 0xa0, (byte) 0xa1, (byte) 0xad, (byte) 0xae, -1}))
                .isEqualTo("Āł¡Ń®ÿ");
    }

    @Test
    void everyByteComesBack() {
        var all = new byte[256];
        for (int b = 0; b < 256; b++) all[b] = (byte) b;
        String written = ByteAlphabet.write(all);
        assertThat(written.chars().distinct().count()).isEqualTo(256);
        assertThat(ByteAlphabet.read(written)).hasValueSatisfying(bytes -> assertThat(bytes).isEqualTo(all));
        assertThat(ByteAlphabet.read(" ")).isEmpty();
        assertThat(ByteAlphabet.read("\u0144")).isEmpty();
    }
}
