package tern.runtime.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tern.runtime.ModelException;

/// Each way in which a file can lie, and the message that names it.
class SafetensorsHostileTest {

    private static void assertRefused(ThrowingCallable reading, String message) {
        assertThatThrownBy(reading).isInstanceOf(ModelException.class).hasMessage("raw.safetensors: " + message);
    }

    private static void assertRefused(String header, int data, String message) {
        assertRefused(() -> new RawSafetensors(header, data).parse(), message);
    }

    private static String tensor(String name, String dtype, String shape, String offsets) {
        return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}".formatted(name, dtype, shape, offsets);
    }

    @Test
    void aFileWithoutTensorsIsFine() {
        assertThat(new RawSafetensors("{}", 0).parse().tensors()).isEmpty();
        assertThat(new RawSafetensors("{\"__metadata__\":{\"format\":\"pt\"}}", 0).parse().metadata()).containsEntry("format", "pt");
    }

    @Test
    void theLengthOfTheHeader() {
        var raw = new RawSafetensors("{}", 0);
        assertRefused(() -> RawSafetensors.parse(new byte[7]), "header at byte 0: found 7 bytes, expected 8 of u64 at least");
        assertRefused(() -> RawSafetensors.parse(raw.withLength(3)), "header at byte 0: found a header of 3 bytes, expected at most 2");
        assertRefused(() -> RawSafetensors.parse(raw.withLength(-1)),
                "header at byte 0: found a header of 18446744073709551615 bytes, expected at most 2");
        assertRefused(() -> RawSafetensors.parse(raw.withLength(0)), "header at byte 8: found no '{', with which JSON begins here");
        assertRefused(() -> RawSafetensors.parse(raw.withLength(1)),
                "header at byte 1: found malformed JSON: 'Unexpected end-of-input: expected close marker for Object'");
    }

    @Test
    void theHeader() {
        assertRefused(" {}", 0, "header at byte 8: found no '{', with which JSON begins here");
        assertThatThrownBy(() -> new RawSafetensors("{} x", 0).parse()).isInstanceOf(ModelException.class).hasMessageContaining("found malformed JSON");
        assertThatThrownBy(() -> new RawSafetensors("{" + tensor("t", "U8", "[1]", "[0,1]") + "," + tensor("t", "U8", "[1]", "[0,1]") + "}", 1).parse())
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("found malformed JSON: 'Duplicate");
        assertThatThrownBy(() -> new RawSafetensors("{\"t\":" + "[".repeat(1000) + "]".repeat(1000) + "}", 0).parse())
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("nesting depth");
        assertRefused("{\"t\":1}", 0, "key 't': found 1, expected an object");
        assertRefused("{\"\":{}}", 0, "header: found an empty name of a tensor");
        assertRefused("{\"__metadata__\":{\"a\":1}}", 0, "key '__metadata__.a': found 1, expected a text");
    }

    @Test
    void types() {
        assertRefused("{" + tensor("t", "F7", "[1]", "[0,1]") + "}", 1, "tensor 't': found dtype 'F7', which Tern does not know");
        assertRefused("{\"t\":{\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "key 't.dtype': found no such key");
    }

    @Test
    void shapes() {
        assertRefused("{" + tensor("t", "U8", "[0]", "[0,0]") + "}", 0, "tensor 't': found shape [0], expected positive dimensions");
        assertRefused("{" + tensor("t", "U8", "[-1]", "[0,1]") + "}", 1,
                "key 't.shape[0]': found -1, expected an integer from 0 to 9223372036854775807");
        assertRefused("{" + tensor("t", "U8", "[1.5]", "[0,1]") + "}", 1,
                "key 't.shape[0]': found 1.5, expected an integer from 0 to 9223372036854775807");
        assertRefused("{" + tensor("t", "U8", "[99999999999999999999]", "[0,1]") + "}", 1,
                "key 't.shape[0]': found 99999999999999999999, expected an integer from 0 to 9223372036854775807");
        assertRefused("{" + tensor("t", "U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]") + "}", 1, "tensor 't': found 9 dimensions, expected at most 8");
        assertRefused("{" + tensor("t", "U8", "[4294967296,4294967296]", "[0,1]") + "}", 1,
                "tensor 't': found shape [4294967296, 4294967296], expected less than 2^63 bytes");
        assertRefused("{" + tensor("t", "F32", "[4611686018427387904]", "[0,0]") + "}", 0,
                "tensor 't': found shape [4611686018427387904], expected less than 2^63 bytes");
        assertRefused("{" + tensor("t", "F16", "[2,3]", "[0,11]") + "}", 11, "tensor 't': found 11 bytes of data, expected 12 for F16[2, 3]");
    }

    @Test
    void offsets() {
        assertRefused("{" + tensor("t", "U8", "[2]", "[0,2]") + "}", 1,
                "tensor 't': found data offsets [0, 2], expected a begin and an end within the 1 bytes of the data");
        assertRefused("{" + tensor("t", "U8", "[1]", "[2,1]") + "}", 2,
                "tensor 't': found data offsets [2, 1], expected a begin and an end within the 2 bytes of the data");
        assertRefused("{" + tensor("t", "U8", "[1]", "[0]") + "}", 1,
                "tensor 't': found data offsets [0], expected a begin and an end within the 1 bytes of the data");
        String two = "{" + tensor("a", "U8", "[2]", "[0,2]") + "," + tensor("b", "U8", "[2]", "%s") + "}";
        int start = 8 + two.formatted("[1,3]").length();
        assertRefused(two.formatted("[1,3]"), 3,
                "tensor 'b' at byte %d: found its data there, expected it at byte %d, where the data before it ends".formatted(start + 1, start + 2));
        assertRefused(two.formatted("[3,5]"), 5,
                "tensor 'b' at byte %d: found its data there, expected it at byte %d, where the data before it ends".formatted(start + 3, start + 2));
        assertRefused(two.formatted("[2,4]"), 9, "data at byte %d: found 5 bytes that belong to no tensor, expected none".formatted(start + 4));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../other.safetensors", "/etc/passwd", "a\\\\b.safetensors", "..", "C:x.safetensors", "passwd"})
    void anIndexStaysInItsFolder(String name, @TempDir Path folder) throws IOException {
        Path index = Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\":{\"t\":\"%s\"}}".formatted(name));
        assertThatThrownBy(() -> Shards.files(index)).isInstanceOf(ModelException.class)
                .hasMessageStartingWith(index + ": key 'weight_map': found the file name ");
    }

    @Test
    void shardsAreWhatTheirIndexSays(@TempDir Path folder) throws IOException {
        Path index = folder.resolve("model.safetensors.index.json");
        Files.write(folder.resolve("a.safetensors"), new RawSafetensors("{" + tensor("t", "U8", "[1]", "[0,1]") + "}", 1).bytes());
        Files.write(folder.resolve("b.safetensors"), new RawSafetensors("{" + tensor("u", "U8", "[1]", "[0,1]") + "}", 1).bytes());
        try (Arena arena = Arena.ofConfined()) {
            Files.writeString(index, "{\"weight_map\":{\"t\":\"a.safetensors\",\"u\":\"b.safetensors\"}}");
            assertThat(Shards.open(index, arena).tensors()).extracting(StoredTensor::name).containsExactly("t", "u");
            Files.writeString(index, "{\"weight_map\":{\"t\":\"b.safetensors\",\"u\":\"b.safetensors\"}}");
            assertThatThrownBy(() -> Shards.open(index, arena)).isInstanceOf(ModelException.class)
                    .hasMessage(index + ": tensor 't': found no such tensor in 'b.safetensors'");
            Files.writeString(index, "{\"weight_map\":{\"t\":\"a.safetensors\",\"u\":\"c.safetensors\"}}");
            assertThatThrownBy(() -> Shards.open(index, arena)).isInstanceOf(ModelException.class)
                    .hasMessage(index + ": key 'weight_map': found no file 'c.safetensors'");
            Files.writeString(index, "{\"weight_map\":{}}");
            assertThatThrownBy(() -> Shards.open(index, arena)).isInstanceOf(ModelException.class)
                    .hasMessage(index + ": key 'weight_map': found 0 files, expected 1 to 4096");
            Files.copy(folder.resolve("a.safetensors"), folder.resolve("b.safetensors"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            Files.writeString(index, "{\"weight_map\":{\"t\":\"a.safetensors\",\"u\":\"b.safetensors\"}}");
            assertThatThrownBy(() -> Shards.open(index, arena)).isInstanceOf(ModelException.class)
                    .hasMessage("%s: tensor 't': found it in %s as well".formatted(folder.resolve("b.safetensors"), folder.resolve("a.safetensors")));
        }
    }
}
