package tern.models;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import tern.ir.Packer;
import tern.ir.RopeAngles.Yarn;
import tern.ir.Scales;
import tern.ir.text.Tir;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.gguf.Payload;
import tern.runtime.gguf.TensorType;
import tern.runtime.gguf.Value;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.Positions;
import tern.runtime.tokenizer.ByteAlphabet;
import tern.runtime.tokenizer.WrittenVocabulary;

/// Writes a [PlainModel] as a GGUF file in any types.
final class GgufFiles {

    private GgufFiles() {}

    /// @param weights   of the projections
    /// @param embedding F32, F16, BF16; or Q8_0, whose numbers then replace those of the model
    /// @param norms     F32, F16 or BF16
    static void write(PlainModel model, TensorType weights, TensorType embedding, TensorType norms, Path file) throws IOException {
        write(keys(model.config), model, weights, embedding, norms, file);
    }

    /// The same with a vocabulary.
    static void write(PlainModel model, TensorType weights, TensorType embedding, TensorType norms, Path file, WrittenVocabulary vocabulary)
            throws IOException {
        GgufWriter writer = keys(model.config);
        vocabulary.putTo(writer);
        write(writer, model, weights, embedding, norms, file);
    }

    /// The bytes, and specials after them.
    static WrittenVocabulary vocabulary(int size) {
        var tokens = new ArrayList<String>();
        var types = new ArrayList<WrittenVocabulary.Type>();
        for (int id = 0; id < size; id++) {
            tokens.add(id < 256 ? ByteAlphabet.write(new byte[] {(byte) id}) : "<t%d>".formatted(id));
            types.add(id < 256 ? WrittenVocabulary.Type.ORDINARY : WrittenVocabulary.Type.CONTROL);
        }
        return new WrittenVocabulary("made", tokens, types, Optional.of(List.of("a b")), OptionalInt.of(size - 2), OptionalInt.of(size - 1),
                Set.of(), Optional.empty());
    }

    private static void write(
            GgufWriter writer, PlainModel model, TensorType weights, TensorType embedding, TensorType norms, Path file) throws IOException {
        table(writer, "token_embd.weight", model.embedding, embedding);
        if (!model.config.block().tiedHead()) table(writer, "output.weight", model.head, embedding);
        model.norms.forEach((name, norm) -> writer.tensor(name + ".weight", List.of((long) norm.length), norms, floats(norms, norm)));
        model.digits.forEach((name, rows) -> {
            List<Long> ne = List.of((long) rows[0].length, (long) rows.length);
            writer.tensor(name + ".weight", ne, weights, projection(model, name, rows, weights));
        });
        writer.write(file);
    }

    private static GgufWriter keys(ModelConfig c) {
        String at = c.architecture() + ".";
        var writer = new GgufWriter();
        Positions p = c.block().positions();
        Yarn yarn = p.yarn();
        if (c.hidden() != c.heads() * c.headDim()) writer.put(at + "attention.key_length", Value.u32(c.headDim()));
        if (yarn != null)
            writer.put(at + "rope.scaling.type", Value.text("yarn")).put(at + "rope.scaling.factor", Value.f32(yarn.factor()))
                    .put(at + "rope.scaling.original_context_length", Value.u32(yarn.original()));
        if (p.window() > 0)
            writer.put(at + "attention.sliding_window", Value.u32(p.window())).put(at + "attention.sliding_window_pattern", Value.u32(p.period()));
        return writer
                .put("general.architecture", Value.text(c.architecture()))
                .put(at + "vocab_size", Value.u32(c.vocabulary()))
                .put(at + "context_length", Value.u32(c.context()))
                .put(at + "embedding_length", Value.u32(c.hidden()))
                .put(at + "block_count", Value.u32(c.layers()))
                .put(at + "feed_forward_length", Value.u32(c.ffn()))
                .put(at + "rope.dimension_count", Value.u32(c.headDim()))
                .put(at + "attention.head_count", Value.u32(c.heads()))
                .put(at + "attention.head_count_kv", Value.u32(c.kvHeads()))
                .put(at + "attention.layer_norm_rms_epsilon", Value.f32(c.epsilon()))
                .put(at + "rope.freq_base", Value.f32(c.theta()));
    }

    private static Payload projection(PlainModel model, String name, byte[][] rows, TensorType type) {
        int m = rows.length, k = rows[0].length;
        float scale = model.scales.get(name);
        if (type.packing().isPresent())
            return Payload.of(Packer.of(Tir.library().packing(type.packing().get()))
                    .pack(m, k, (row, into) -> System.arraycopy(rows[row], 0, into, 0, k), scales(model, name))
                    .bytes());
        float[] values = new float[m * k];
        for (int i = 0; i < values.length; i++) values[i] = rows[i / k][i % k] * scale;
        return floats(type, values);
    }

    private static Scales scales(PlainModel model, String name) {
        if (model.group == 0) return Scales.one(model.scales.get(name));
        return new Scales() {
            @Override
            public int group() {
                return model.group;
            }

            @Override
            public float at(int row, int group) {
                return model.scale(name, row, group * model.group);
            }
        };
    }

    private static void table(GgufWriter writer, String name, float[][] rows, TensorType type) {
        List<Long> ne = List.of((long) rows[0].length, (long) rows.length);
        if (type == TensorType.Q8_0) writer.tensor(name, ne, type, q8(rows));
        else if (type == TensorType.Q2_0) writer.tensor(name, ne, type, q2(rows));
        else writer.tensor(name, ne, type, floats(type, rows));
    }

    private static Payload floats(TensorType type, float[]... rows) {
        int count = Stream.of(rows).mapToInt(row -> row.length).sum();
        ByteBuffer bytes = ByteBuffer.allocate(count * (type == TensorType.F32 ? 4 : 2)).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] row : rows)
            for (float value : row)
                switch (type) {
                case F32 -> bytes.putFloat(value);
                case F16 -> bytes.putShort(Float.floatToFloat16(value));
                case BF16 -> bytes.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
                default -> throw new AssertionError(type);
                }
        return Payload.of(MemorySegment.ofArray(bytes.array()));
    }

    /// Of numbers that have one magnitude or are 0.
    private static Payload q2(float[][] rows) {
        float magnitude = Math.abs(rows[0][0]);
        return Payload.of(Packer.of(Tir.library().packing("q2_0")).pack(rows.length, rows[0].length, (row, into) -> {
            for (int i = 0; i < rows[row].length; i++) into[i] = (byte) Math.signum(rows[row][i]);
        }, magnitude).bytes());
    }

    /// Rounds the rows to what the blocks hold.
    private static Payload q8(float[][] rows) {
        int k = rows[0].length;
        ByteBuffer bytes = ByteBuffer.allocate(rows.length * k / 32 * 34).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] row : rows)
            for (int block = 0; block < k; block += 32) {
                float largest = 0;
                for (int i = block; i < block + 32; i++) largest = Math.max(largest, Math.abs(row[i]));
                short d = Float.floatToFloat16(largest / 127);
                bytes.putShort(d);
                for (int i = block; i < block + 32; i++) {
                    byte q = (byte) Math.clamp(Math.round(row[i] / Float.float16ToFloat(d)), -127, 127);
                    bytes.put(q);
                    row[i] = q * Float.float16ToFloat(d);
                }
            }
        return Payload.of(MemorySegment.ofArray(bytes.array()));
    }
}
