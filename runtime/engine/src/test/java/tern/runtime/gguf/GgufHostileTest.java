package tern.runtime.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tern.runtime.gguf.RawGguf.header;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.runtime.ModelException;

/// Each way in which a file can lie, and the message that names it.
class GgufHostileTest {

    private static void assertRefused(RawGguf file, String message) {
        assertThatThrownBy(file::parse).isInstanceOf(ModelException.class).hasMessage("raw.gguf: " + message);
    }

    @Test
    void anEmptyFileOnDisk(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("empty.gguf"));
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> Gguf.open(file, arena)).isInstanceOf(ModelException.class)
                    .hasMessage(file + ": header at byte 0: found 0 bytes to the end, expected 4 of u32");
        }
    }

    @Test
    void magicAndVersion() {
        assertRefused(new RawGguf().u32(0x47475546).u32(3),
                "header at byte 0: found 0x47475546, expected the magic 0x46554747 (\"GGUF\")");
        assertRefused(new RawGguf().u32(GgufParser.MAGIC).u32(1), "header at byte 4: found version 1, expected 2 or 3; "
                + "convert the original again, or load and save it with a llama.cpp from 2023");
        assertRefused(new RawGguf().u32(GgufParser.MAGIC).u32(0x03000000),
                "header at byte 4: found version 50331648, expected 2 or 3; "
                        + "the file is big-endian, and llama.cpp's gguf_convert_endian.py turns it round");
        assertRefused(new RawGguf().u32(0x67676a74).u32(3), "header at byte 0: found 0x67676a74, expected the magic 0x46554747 (\"GGUF\"); "
                + "it is of a format from before GGUF, which llama.cpp's convert_llama_ggml_to_gguf.py converts");
        assertRefused(new RawGguf().raw("version https://git-lfs".getBytes(java.nio.charset.StandardCharsets.US_ASCII)),
                "header at byte 0: found 0x73726576, expected the magic 0x46554747 (\"GGUF\"); "
                        + "it may be a Git LFS pointer in place of the file: git lfs pull fetches it");
    }

    @Test
    void emptyFilesOfBothVersionsAreFine() {
        assertThat(header(0, 0).parse().tensors()).isEmpty();
        assertThat(new RawGguf().u32(GgufParser.MAGIC).u32(2).u64(0).u64(0).parse().version()).isEqualTo(2);
    }

    @Test
    void countsBeyondTheFile() {
        assertRefused(header(-1, 0),
                "header at byte 8: found 18446744073709551615 tensors, expected at most 0 in the 8 bytes that follow");
        assertRefused(header(0, 1L << 40),
                "header at byte 16: found 1099511627776 keys, expected at most 0 in the 0 bytes that follow");
        assertRefused(header(0, 100_000).zeros(14 * 100_000), "header at byte 16: found 100000 keys, expected at most 65536");
    }

    @Test
    void texts() {
        assertRefused(header(0, 1).u64(Long.MIN_VALUE).zeros(32),
                "key 1 of 1 at byte 24: found 9223372036854775808 bytes of text, expected at most 32 in the 32 bytes that follow");
        assertRefused(header(0, 1).text("").zeros(32), "key 1 of 1 at byte 24: found an empty name");
        assertRefused(header(0, 1).u64(2).raw((byte) 0xc3, (byte) 0x28).zeros(32),
                "key 1 of 1 at byte 32: found malformed UTF-8 '\uFFFD(', expected text");
        assertRefused(header(0, 1).text("x".repeat(70_000)).zeros(32),
                "key 1 of 1 at byte 24: found a text of 70000 bytes, expected at most 65536");
    }

    @Test
    void aGenuineReplacementCharacterIsFine() {
        assertThat(header(0, 1).key("\uFFFD", ValueType.BOOL).u8(1).parse().metadata().bool("\uFFFD")).isTrue();
    }

    @Test
    void keys() {
        assertRefused(header(0, 2).key("a", ValueType.BOOL).u8(1).key("a", ValueType.BOOL).u8(0),
                "key 'a' at byte 38: found it a second time, expected each key once");
        assertRefused(header(0, 1).text("a").u32(13).zeros(8), "key 'a' at byte 33: found value type 13, expected 0 to 12");
        assertRefused(header(0, 1).text("a").u32(-1).zeros(8), "key 'a' at byte 33: found value type 4294967295, expected 0 to 12");
        assertRefused(header(0, 1).key("a", ValueType.BOOL).u8(2), "key 'a' at byte 37: found bool 2, expected 0 or 1");
        assertRefused(header(0, 1).key("a", ValueType.F64).zeros(7),
                "key 'a' at byte 37: found 7 bytes to the end, expected 8 of f64");
    }

    @Test
    void namesInMessagesAreHarmless() {
        assertRefused(header(0, 1).text("\u001b[2J'\u202e").u32(99).zeros(9),
                "key '\\u001b[2J\\u0027\\u202e' at byte 40: found value type 99, expected 0 to 12");
        assertRefused(header(0, 1).text("x".repeat(100)).u32(99).zeros(9),
                "key '" + "x".repeat(80) + "...' at byte 132: found value type 99, expected 0 to 12");
    }

    @Test
    void arrays() {
        assertRefused(header(0, 1).key("a", ValueType.ARRAY).u32(ValueType.ARRAY.ordinal()).u64(1).zeros(32),
                "key 'a' at byte 37: found an array of arrays, expected plain elements");
        assertRefused(header(0, 1).key("a", ValueType.ARRAY).u32(ValueType.I32.ordinal()).u64(1L << 62).zeros(32),
                "key 'a' at byte 41: found 4611686018427387904 elements, expected at most 8 in the 32 bytes that follow");
        assertRefused(header(0, 1).key("a", ValueType.ARRAY).u32(ValueType.TEXT.ordinal()).u64(5).zeros(32),
                "key 'a' at byte 41: found 5 texts, expected at most 4 in the 32 bytes that follow");
        assertRefused(header(0, 1).key("a", ValueType.ARRAY).u32(ValueType.TEXT.ordinal()).u64(2).text("x").u64(1),
                "key 'a' at byte 58: found 1 bytes of text, expected at most 0 in the 0 bytes that follow");
    }

    @Test
    void malformedTextInAnArrayIsFoundWhenItIsRead() {
        Metadata metadata = header(0, 1).key("a", ValueType.ARRAY).u32(ValueType.TEXT.ordinal()).u64(2)
                .text("x").u64(1).u8(0xff).parse().metadata();
        assertThatThrownBy(() -> metadata.texts("a")).isInstanceOf(ModelException.class)
                .hasMessage("raw.gguf: key 'a' at byte 66: found malformed UTF-8 '\uFFFD', expected text");
    }

    @Test
    void alignment() {
        for (int alignment : new int[] {0, 1, 4, 48, 1 << 21})
            assertRefused(header(0, 1).key("general.alignment", ValueType.U32).u32(alignment),
                    "key 'general.alignment': found %d, expected a power of two from 8 to 1048576".formatted(alignment));
        assertThat(header(1, 1).key("general.alignment", ValueType.U32).u32(8).tensor("t", TensorType.F32, 0, 1)
                .zeros(6).zeros(4).parse().tensor("t").offset() % 8).isZero();
    }

    @Test
    void dimensions() {
        assertRefused(header(1, 0).text("t").u32(0).zeros(64), "tensor 't' at byte 33: found 0 dimensions, expected 1 to 4");
        assertRefused(header(1, 0).text("t").u32(5).zeros(64), "tensor 't' at byte 33: found 5 dimensions, expected 1 to 4");
        assertRefused(header(1, 0).tensor("t", TensorType.F32, 0, 4, 0).pad().zeros(64),
                "tensor 't' at byte 33: found shape [4, 0], expected positive dimensions");
        assertRefused(header(1, 0).tensor("t", TensorType.F32, 0, 1L << 32, 1L << 32).pad(),
                "tensor 't' at byte 33: found shape [4294967296, 4294967296], expected less than 2^63 bytes");
        assertRefused(header(1, 0).tensor("t", TensorType.TQ2_0, 0, 64).pad().zeros(64),
                "tensor 't' at byte 33: found shape [64], expected k a multiple of 256 for TQ2_0");
    }

    @Test
    void types() {
        assertRefused(header(1, 0).text("t").u32(1).u64(32).u32(77).u64(0).pad().zeros(64),
                "tensor 't' at byte 45: found unknown tensor type 77");
        assertRefused(header(1, 0).tensor("t", TensorType.TL2, 0, 256).pad().zeros(64),
                "tensor 't' at byte 45: found type TL2, expected one of F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, "
                        + "Q6_K, IQ4_NL, BF16, TQ1_0, TQ2_0, I2_S, Q1_0, Q2_0, Q2_0_128, IQ2_BN, PQ2_0, PTQ1_0; the order of its weights depends on the kernel that it was made for, and nothing "
                        + "in the file tells: convert the model's safetensors instead (tern convert)");
    }

    @Test
    void ranges() {
        assertRefused(header(1, 0).tensor("t", TensorType.F32, 0, 8).pad().zeros(31),
                "tensor 't' at byte 49: found 32 bytes of data from offset 0, expected them within the 31 bytes of the data section");
        assertRefused(header(1, 0).tensor("t", TensorType.F32, 32, 8).pad().zeros(32),
                "tensor 't' at byte 49: found 32 bytes of data from offset 32, expected them within the 32 bytes of the data section");
        assertRefused(header(1, 0).tensor("t", TensorType.F32, -32, 8).pad().zeros(64),
                "tensor 't' at byte 49: found 32 bytes of data from offset 18446744073709551584, "
                        + "expected them within the 64 bytes of the data section");
        assertRefused(header(1, 0).tensor("t", TensorType.F32, 4, 8).pad().zeros(64),
                "tensor 't' at byte 49: found data offset 4, expected a multiple of 32");
        assertRefused(header(1, 0).tensor("t", TensorType.F32, 0, 1),
                "tensor 't' at byte 49: found 4 bytes of data from offset 0, expected them within the 0 bytes of the data section");
    }

    @Test
    void tensorsThatShareBytes() {
        assertRefused(header(2, 0).tensor("b", TensorType.F32, 32, 8).tensor("a", TensorType.F32, 0, 9).pad().zeros(96),
                "tensor 'b' at byte 49: found data offset 32, expected 36 or more, where tensor 'a' ends");
        assertRefused(header(2, 0).tensor("t", TensorType.F32, 0, 8).tensor("t", TensorType.F32, 32, 8).pad().zeros(64),
                "tensor 't' at byte 57: found it a second time, expected each tensor once");
    }

    @Test
    void theLastTensorNeedsNoPadding() {
        assertThat(header(1, 0).tensor("t", TensorType.F32, 0, 1).pad().zeros(4).parse().tensor("t").bytes()).isEqualTo(4);
    }
}
