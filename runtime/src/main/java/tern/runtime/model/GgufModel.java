package tern.runtime.model;

import static tern.runtime.gguf.TensorType.F32;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import tern.ir.Element;
import tern.ir.PackedMatrix;
import tern.ir.Packing;
import tern.ir.text.Tir;
import tern.runtime.ModelException;
import tern.runtime.gguf.Gguf;
import tern.runtime.gguf.Tensor;

/// A model in a GGUF file. Its ternary tensor types are packings of the library; nothing here unpacks a format by hand.
public final class GgufModel implements ModelSource {

    /// Bytes between two samples of the digest, and bytes of a sample.
    private static final long STRIDE = 1 << 20, SAMPLE = 4096;

    private final Gguf file;
    private final ModelConfig config;
    private final String digest;
    private final String i2s;

    private GgufModel(Gguf file, String digest, String i2s) {
        this.file = file;
        this.digest = digest;
        this.i2s = i2s;
        config = ModelConfig.of(file);
    }

    /// @param arena of the mapping
    /// @param armI2s true if I2_S tensors have the layout of files quantized on ARM; nothing in a file tells
    /// @throws ModelException if the file is damaged or of a kind that Tern does not run
    public static GgufModel open(Path path, Arena arena, boolean armI2s) throws IOException {
        Gguf file = Gguf.open(path, arena);
        return new GgufModel(file, digestOf(path, arena), armI2s ? "i2_s_arm" : "i2_s");
    }

    /// Size, time of the last change, and a sample of every megabyte: a whole hash would cost a second at every start.
    private static String digestOf(Path path, Arena arena) throws IOException {
        try (var channel = java.nio.channels.FileChannel.open(path)) {
            long size = channel.size();
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update((size + " " + Files.getLastModifiedTime(path).toInstant()).getBytes(java.nio.charset.StandardCharsets.UTF_8));
            MemorySegment bytes = channel.map(java.nio.channels.FileChannel.MapMode.READ_ONLY, 0, size, arena);
            for (long at = 0; at < size; at += STRIDE)
                sha.update(bytes.asSlice(at, Math.min(SAMPLE, size - at)).asByteBuffer());
            return HexFormat.of().formatHex(sha.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    public Gguf file() {
        return file;
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public String digest() {
        return digest + (i2s.equals("i2_s") ? "" : "-" + i2s);
    }

    @Override
    public Element embeddingElement() {
        Tensor tensor = tensor("token_embd.weight", config.vocabulary(), config.hidden());
        return switch (tensor.type()) {
            case F32 -> Element.F32;
            case F16 -> Element.F16;
            case BF16 -> Element.BF16;
            default -> throw unreadable(tensor, "F32, F16 or BF16");
        };
    }

    @Override
    public MemorySegment embedding() {
        return tensor("token_embd.weight", config.vocabulary(), config.hidden()).data();
    }

    @Override
    public MemorySegment norm(String name, int length) {
        Tensor tensor = file.tensor(name);
        if (tensor.k() != length || tensor.m() != 1)
            throw new ModelException(file.file(), "tensor '" + name + "'", "has shape %s, expected [%d]".formatted(tensor.ne(), length));
        if (tensor.type() != F32) throw unreadable(tensor, "F32");
        return tensor.data();
    }

    @Override
    public Linear linear(String name, int m, int k) {
        Tensor tensor = tensor(name, m, k);
        String packing = switch (tensor.type()) {
            case I2_S -> i2s;
            case TQ1_0 -> "tq1_0";
            case TQ2_0 -> "tq2_0";
            default -> throw unreadable(tensor, "I2_S, TQ1_0 or TQ2_0");
        };
        Packing layout = Tir.library().packing(packing);
        if (k % layout.columns() != 0)
            throw new ModelException(file.file(), "tensor '" + name + "'",
                    "rows of %d weights are no whole number of %s blocks of %d".formatted(k, tensor.type(), layout.columns()));
        var matrix = new PackedMatrix(layout, m, k, tensor.data());
        return new Linear(m, k, matrix, scale(tensor, matrix));
    }

    /// The one scale of a tensor. Blocks repeat it; only a block whose weights are all zero may hold 0 instead.
    private float scale(Tensor tensor, PackedMatrix matrix) {
        Packing packing = matrix.packing();
        if (!packing.tail().isEmpty()) return positive(tensor, matrix.tailScale(), "scale");
        float scale = 0;
        byte[] digits = new byte[matrix.k()];
        for (int row = 0; row < matrix.m(); row++)
            for (int block = 0; block < packing.columnTiles(matrix.k()); block++) {
                float found = matrix.scaleAt(row, block);
                if (found == scale && found != 0) continue;
                String at = "scale of row %d, block %d".formatted(row, block);
                if (found == 0) {
                    matrix.read(row, digits);
                    for (int i = block * packing.columns(); i < (block + 1) * packing.columns(); i++)
                        if (digits[i] != 0) throw wrong(tensor, at + " is 0, but its weights are not");
                } else if (scale != 0) {
                    throw wrong(tensor, "%s is %s, but others are %s: not one scale a tensor".formatted(at, found, scale));
                } else {
                    scale = positive(tensor, found, at);
                }
            }
        return scale;
    }

    private float positive(Tensor tensor, float scale, String what) {
        if (!(Math.abs(scale) <= Float.MAX_VALUE)) throw wrong(tensor, what + " is " + scale);
        return scale;
    }

    private Tensor tensor(String name, int m, int k) {
        Tensor tensor = file.tensor(name);
        if (tensor.k() != k || tensor.m() != m || tensor.ne().size() > 2)
            throw wrong(tensor, "has shape %s, expected %s".formatted(tensor.ne(), List.of(k, m)));
        return tensor;
    }

    private ModelException unreadable(Tensor tensor, String expected) {
        return wrong(tensor, "is stored as %s, expected %s".formatted(tensor.type(), expected));
    }

    private ModelException wrong(Tensor tensor, String problem) {
        return new ModelException(file.file(), "tensor '" + tensor.name() + "'", tensor.offset(), problem);
    }
}
