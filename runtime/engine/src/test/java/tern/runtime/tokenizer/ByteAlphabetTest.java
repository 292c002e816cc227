package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
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
        assertThat(ByteAlphabet.read(written)).isEqualTo(all);
        var back = new byte[258];
        byte[] utf8 = written.getBytes(UTF_8);
        assertThat(ByteAlphabet.read(utf8, 0, utf8.length, back, 2)).isEqualTo(258);
        assertThat(Arrays.copyOfRange(back, 2, 258)).isEqualTo(all);
    }

    @Test
    void otherCharactersStandForNothing() {
        for (String other : List.of(" ", "\u0144", "\u007f", "\u00ad", "\u1000", "\ud83d\udc26")) {
            byte[] utf8 = other.getBytes(UTF_8);
            assertThat(ByteAlphabet.read(utf8, 0, utf8.length, new byte[8], 0)).as(other).isEqualTo(-1);
        }
        byte[] cut = {(byte) 0xc4};
        assertThat(ByteAlphabet.read(cut, 0, 1, new byte[8], 0)).isEqualTo(-1);
    }
}
