package tern.runtime.gguf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tern.runtime.ModelException;

class GgufRoundTripTest {

    @TempDir
    Path folder;

    @Test
    void everyKindOfValueComesBack() throws IOException {
        Path file = folder.resolve("values.gguf");
        new GgufWriter()
                .put("u8", new Value.Int(ValueType.U8, 255))
                .put("i8", new Value.Int(ValueType.I8, -128))
                .put("u16", new Value.Int(ValueType.U16, 65535))
                .put("i16", new Value.Int(ValueType.I16, -2))
                .put("u32", Value.u32(0xffff_ffffL))
                .put("i32", new Value.Int(ValueType.I32, -3))
                .put("u64", new Value.Int(ValueType.U64, -1))
                .put("i64", new Value.Int(ValueType.I64, Long.MIN_VALUE))
                .put("f32", Value.f32(1e-5f))
                .put("f64", new Value.Real(ValueType.F64, Math.PI))
                .put("bool", Value.bool(true))
                .put("text", Value.text("Grüße 🐦"))
                .put("texts", Value.texts(List.of("", "a", "Ġb")))
                .put("i32s", Value.i32s(1, -2, 3))
                .put("f32s", Value.f32s(0.5f))
                .write(file);
        try (Arena arena = Arena.ofConfined()) {
            Metadata metadata = Gguf.open(file, arena).metadata();
            assertThat(metadata.keys()).containsExactly("u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64",
                    "f32", "f64", "bool", "text", "texts", "i32s", "f32s");
            assertThat(metadata.integer("u8")).isEqualTo(255);
            assertThat(metadata.integer("i8")).isEqualTo(-128);
            assertThat(metadata.integer("u16")).isEqualTo(65535);
            assertThat(metadata.integer("i16")).isEqualTo(-2);
            assertThat(metadata.integer("u32")).isEqualTo(0xffff_ffffL);
            assertThat(metadata.integer("i32")).isEqualTo(-3);
            assertThat(metadata.find("u64").orElseThrow()).hasToString("18446744073709551615");
            assertThat(metadata.integer("i64")).isEqualTo(Long.MIN_VALUE);
            assertThat(metadata.real("f32")).isEqualTo(1e-5f);
            assertThat(metadata.real("f64")).isEqualTo(Math.PI);
            assertThat(metadata.bool("bool")).isTrue();
            assertThat(metadata.text("text")).isEqualTo("Grüße 🐦");
            assertThat(metadata.texts("texts")).containsExactly("", "a", "Ġb");
            assertThat(metadata.i32s("i32s")).containsExactly(1, -2, 3);
            assertThat(metadata.find("f32s").orElseThrow()).hasToString("F32[1]");
        }
    }

    @Test
    void aGetterRefusesAnotherKindOfValue() throws IOException {
        Path file = folder.resolve("kinds.gguf");
        new GgufWriter()
                .put("a", Value.u32(0x8000_0000L))
                .put("t", Value.text("x"))
                .put("u64", new Value.Int(ValueType.U64, -1))
                .put("f32s", Value.f32s(1))
                .write(file);
        try (Arena arena = Arena.ofConfined()) {
            Metadata metadata = Gguf.open(file, arena).metadata();
            assertThatThrownBy(() -> metadata.count("a")).isInstanceOf(ModelException.class)
                    .hasMessage(file + ": key 'a' at byte 37: found U32 2147483648, expected 0 to 2147483647");
            assertThatThrownBy(() -> metadata.real("t")).hasMessageEndingWith("found TEXT 'x', expected a floating-point number");
            assertThatThrownBy(() -> metadata.bool("t")).hasMessageEndingWith("found TEXT 'x', expected a bool");
            assertThatThrownBy(() -> metadata.integer("t")).hasMessageEndingWith("found TEXT 'x', expected an integer");
            assertThatThrownBy(() -> metadata.text("a")).hasMessageEndingWith("found U32 2147483648, expected a text");
            assertThatThrownBy(() -> metadata.integer("u64"))
                    .hasMessageEndingWith("found U64 18446744073709551615, expected an integer below 2^63");
            assertThatThrownBy(() -> metadata.texts("f32s")).hasMessageEndingWith("found ARRAY F32[1], expected an array of TEXT");
            assertThatThrownBy(() -> metadata.i32s("f32s")).hasMessageEndingWith("expected an array of I32 or U32");
            assertThatThrownBy(() -> metadata.text("none")).isInstanceOf(ModelException.class)
                    .hasMessage(file + ": key 'none': found no such key");
            assertThat(metadata.count("none", 7)).isEqualTo(7);
            assertThat(metadata.real("none", 0.5)).isEqualTo(0.5);
            assertThat(metadata.bool("none", true)).isTrue();
            assertThat(metadata.text("none", "x")).isEqualTo("x");
        }
    }

    @Test
    void tensorsComeBackAlignedAndInOrder() throws IOException {
        Path file = folder.resolve("tensors.gguf");
        MemorySegment norm = MemorySegment.ofArray(new float[] {1, 2, 3});
        long bytes = TensorType.I2_S.bytes(List.of(128L, 3L));
        new GgufWriter()
                .put("general.architecture", Value.text("bitnet-b1.58"))
                .tensor("norm", List.of(3L), TensorType.F32, Payload.of(norm))
                .tensor("q", List.of(128L, 3L), TensorType.I2_S, Payload.filling(bytes, data -> data.fill((byte) 0x55)))
                .tensor("cube", List.of(1L, 2L, 3L, 1L), TensorType.F16, out -> out.write(ByteBuffer.allocate(12)))
                .write(file);
        try (Arena arena = Arena.ofConfined()) {
            Gguf gguf = Gguf.open(file, arena);
            assertThat(gguf.version()).isEqualTo(3);
            assertThat(gguf.tensors()).extracting(Tensor::name).containsExactly("norm", "q", "cube");
            assertThat(gguf.tensors()).allSatisfy(t -> assertThat(t.offset() % 32).isZero());
            assertThat(gguf.tensor("norm").data().toArray(JAVA_FLOAT)).containsExactly(1, 2, 3);
            Tensor q = gguf.tensor("q");
            assertThat(q.bytes()).isEqualTo(128 * 3 / 4 + 32);
            assertThat(q.data().toArray(JAVA_BYTE)).containsOnly(0x55);
            assertThat(List.of(q.k(), q.m())).containsExactly(128L, 3L);
            assertThat(gguf.tensor("cube").m()).isEqualTo(6);
            assertThat(q.data().isReadOnly()).isTrue();
            assertThat(gguf.find("none")).isEmpty();
            assertThatThrownBy(() -> gguf.tensor("none")).isInstanceOf(ModelException.class)
                    .hasMessage(file + ": tensor 'none': found no such tensor");
        }
    }

    @Test
    void metadataCanBeCopiedFromFileToFile() throws IOException {
        Path first = folder.resolve("first.gguf"), second = folder.resolve("second.gguf");
        new GgufWriter().put("texts", Value.texts(List.of("a", "b"))).put("n", Value.u32(4)).write(first);
        try (Arena arena = Arena.ofConfined()) {
            Metadata metadata = Gguf.open(first, arena).metadata();
            var copy = new GgufWriter();
            metadata.keys().forEach(key -> copy.put(key, metadata.find(key).orElseThrow()));
            copy.write(second);
        }
        assertThat(second).hasSameBinaryContentAs(first);
    }

    @Test
    @EnabledIfSystemProperty(named = "tern.large", matches = "true", disabledReason = "writes 5 GB; -Dtern.large=true runs it")
    void filesAboveTwoGigabytes() throws IOException {
        Path file = folder.resolve("large.gguf");
        long k = (5L << 30) / 4 + 7;
        new GgufWriter()
                .tensor("large", List.of(k), TensorType.F32, Payload.filling(4 * k, data -> data.setAtIndex(JAVA_FLOAT, k - 1, 42)))
                .tensor("after", List.of(1L), TensorType.F32, Payload.of(MemorySegment.ofArray(new float[] {43})))
                .write(file);
        try (Arena arena = Arena.ofConfined()) {
            Gguf gguf = Gguf.open(file, arena);
            assertThat(gguf.tensor("large").data().getAtIndex(JAVA_FLOAT, k - 1)).isEqualTo(42);
            assertThat(gguf.tensor("after").data().getAtIndex(JAVA_FLOAT, 0)).isEqualTo(43);
        }
        Files.delete(file);
    }
}
