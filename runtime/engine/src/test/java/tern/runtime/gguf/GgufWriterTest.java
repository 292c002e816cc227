package tern.runtime.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GgufWriterTest {

    @TempDir
    Path folder;

    Path target;

    @BeforeEach
    void somethingIsThereAlready() throws IOException {
        target = Files.writeString(folder.resolve("model.gguf"), "what was there");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 15, 17, 1 << 20})
    void aPayloadOfTheWrongSizeLeavesEverythingAsItWas(int bytes) {
        GgufWriter writer = new GgufWriter()
                .tensor("t", List.of(4L), TensorType.F32, Payload.of(MemorySegment.ofArray(new byte[bytes])));
        assertThatThrownBy(() -> writer.write(target)).isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("tensor 't': its payload wrote ")
                .hasMessageEndingWith("expected 16");
        assertUntouched();
    }

    @Test
    void aPayloadThatFailsLeavesEverythingAsItWas() {
        GgufWriter writer = new GgufWriter().tensor("t", List.of(4L), TensorType.F32, out -> {
            out.write(ByteBuffer.allocate(8));
            throw new IOException("the source is gone");
        });
        assertThatThrownBy(() -> writer.write(target)).isInstanceOf(IOException.class).hasMessage(target + ": the source is gone");
        assertUntouched();
    }

    private void assertUntouched() {
        assertThat(folder).isDirectoryNotContaining(path -> !path.equals(target));
        assertThat(target).hasContent("what was there");
    }

    @Test
    void aPayloadMayWriteInPiecesAndCannotCloseTheFile() throws IOException {
        new GgufWriter()
                .tensor("t", List.of(2L), TensorType.F32, out -> {
                    for (int i = 0; i < 8; i++) out.write(ByteBuffer.allocate(1));
                    out.close();
                })
                .write(target);
        assertThat(target).hasSize(96); // header 24 and info 33, padded to 64; data 8, padded to 32
        assertThat(folder).isDirectoryNotContaining(path -> !path.equals(target));
    }

    @Test
    void namesAreRequiredAndUnique() {
        GgufWriter writer = new GgufWriter().put("k", Value.bool(true)).tensor("t", List.of(1L), TensorType.F32, out -> {});
        assertThatThrownBy(() -> writer.put("k", Value.bool(true))).hasMessage("k is there already");
        assertThatThrownBy(() -> writer.put("", Value.bool(true))).hasMessage("a name must not be empty");
        assertThatThrownBy(() -> writer.tensor("t", List.of(1L), TensorType.F32, out -> {})).hasMessage("t is there already");
    }

    @Test
    void onlyOneAlignmentIsWritten() {
        var writer = new GgufWriter();
        assertThatThrownBy(() -> writer.put("general.alignment", Value.u32(64)))
                .isInstanceOf(IllegalArgumentException.class).hasMessage("general.alignment is 32 here, not 64");
        writer.put("general.alignment", Value.u32(32));
    }

    @Test
    void valuesKeepTheirTypes() {
        assertThatThrownBy(() -> Value.u32(-1)).isInstanceOf(IllegalArgumentException.class).hasMessage("-1 is no u32");
        assertThatThrownBy(() -> Value.u32(1L << 32)).hasMessage("4294967296 is no u32");
        assertThatThrownBy(() -> new Value.Int(ValueType.F32, 1)).hasMessage("F32 is no integer type");
        assertThatThrownBy(() -> new Value.Real(ValueType.I8, 1)).hasMessage("I8 is no floating-point type");
        assertThatThrownBy(() -> new Value.Array(ValueType.ARRAY, 0, MemorySegment.NULL))
                .hasMessage("arrays of arrays are not supported");
    }
}
