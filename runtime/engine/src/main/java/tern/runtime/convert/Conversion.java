package tern.runtime.convert;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tern.ir.ScaleType;
import tern.ir.Scales;
import tern.ir.store.WholeFile;
import tern.runtime.ModelException;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.ModelSource;
import tern.runtime.model.TensorNames;

/// One model, written once more with its ternary weights in another format.
///
/// @param weights     of the result
/// @param roundScales true if a scale that f16 does not hold may be rounded where a format has no other
/// @param replaces    true if a file that is there may be replaced
/// @param armI2s      true if I2_S tensors of the input have the layout of files quantized on ARM
public record Conversion(Weights weights, boolean roundScales, boolean armI2s, boolean replaces) {

    /// How ternary weights are stored.
    public enum Weights {
        I2_S(TensorType.I2_S, "i2_s", false),
        TQ1_0(TensorType.TQ1_0, "tq1_0", true),
        TQ2_0(TensorType.TQ2_0, "tq2_0", true),
        Q1_0(TensorType.Q1_0, "q1_0", true),
        Q2_0(TensorType.Q2_0, "q2_0", true),
        PQ2_0(TensorType.PQ2_0, "pq2_0", true),
        PTQ1_0(TensorType.PTQ1_0, "ptq1_0", true),
        IQ2_BN(TensorType.IQ2_BN, "iq2_bn", false),
        /// A folder with `model.safetensors`, as Hugging Face has it.
        PACKED(null, "hf", false);

        final @Nullable TensorType type;
        final String packing;
        final boolean hasHalfScales;

        Weights(@Nullable TensorType type, String packing, boolean hasHalfScales) {
            this.type = type;
            this.packing = packing;
            this.hasHalfScales = hasHalfScales;
        }
    }

    /// Told how far it is, by the calling thread.
    @FunctionalInterface
    public interface Progress {
        /// @param done,total weights; each is written, and then read back
        void at(long done, long total);
    }

    /// What was made.
    ///
    /// @param weights ternary ones
    /// @param note    what was left out, if something was
    public record Result(Path path, long weights, long bytes, Optional<String> note) {}

    /// Converts `in`, checks the result and gives it its name.
    ///
    /// @param in  as in [ModelSource#open]
    /// @param out a file, which must not exist unless it may be replaced, or a link to one; for [Weights#PACKED] a folder, which must not
    ///            exist or be empty
    /// @throws FileAlreadyExistsException if something is there that may not be replaced
    /// @throws ModelException if the input is damaged, or holds what the format cannot hold; nothing is left behind then
    public Result run(Path in, Path out, Progress progress) throws IOException {
        Path whole = WholeFile.target(out);
        checkPlace(out, whole);
        Path aside = whole.resolveSibling("." + whole.getFileName() + "." + UUID.randomUUID() + ".part");
        try (Arena arena = Arena.ofShared()) {
            ModelSource source = ModelSource.open(in, arena, armI2s);
            requireScales(source);
            var steps = new Steps(source, progress);
            Optional<String> note = weights.type == null
                    ? new CheckpointTarget(source, steps).write(aside)
                    : new GgufTarget(source, weights.type, weights.packing, steps).write(aside);
            new ReadBack(source, ModelSource.open(aside, arena, false), weights.hasHalfScales, steps).check();
            Files.move(aside, whole, StandardCopyOption.ATOMIC_MOVE);
            return new Result(out, steps.total / 2, bytes(whole), note);
        } finally {
            delete(aside);
        }
    }

    private void checkPlace(Path out, Path whole) throws IOException {
        Path folder = whole.getParent();
        if (folder == null || !Files.isDirectory(folder)) throw new NotDirectoryException(String.valueOf(folder));
        if (weights != Weights.PACKED) {
            if (Files.isDirectory(out)) throw new IllegalArgumentException(out + ": a folder, expected a file");
            if (Files.exists(out) && !replaces) throw new FileAlreadyExistsException(out.toString());
            return;
        }
        if (out.toString().endsWith(".gguf")) throw new IllegalArgumentException(out + ": packed weights make a folder, not a GGUF file");
        if (Files.exists(out) && !isEmptyFolder(out)) throw new FileAlreadyExistsException(out.toString());
    }

    private static boolean isEmptyFolder(Path path) throws IOException {
        if (!Files.isDirectory(path)) return false;
        try (Stream<Path> files = Files.list(path)) {
            return files.findAny().isEmpty();
        }
    }

    /// Found before a gigabyte is written.
    private void requireScales(ModelSource source) {
        if (!weights.hasHalfScales || roundScales) return;
        for (TensorNames.Shape shape : TensorNames.projections(source.config())) {
            Scales scales = source.linear(shape.name(), shape.m(), shape.k()).scales();
            if (scales.type() == ScaleType.F16) continue;
            int rows = scales instanceof Scales.One ? 1 : shape.m(), step = scales.group() == 0 ? shape.k() : scales.group();
            for (int row = 0; row < rows; row++)
                for (int column = 0; column < shape.k(); column += step) {
                    float scale = scales.of(row, column);
                    if (half(scale) != scale)
                        throw new ModelException(source.name(), "tensor '" + shape.name() + "'",
                                "has the scale %s, which %s would round to %s; --round-scales allows it".formatted(scale, weights, half(scale)));
                }
        }
    }

    static float half(float scale) {
        return Float.float16ToFloat(Float.floatToFloat16(scale));
    }

    private static long bytes(Path path) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) bytes += Files.size(file);
        }
        return bytes;
    }

    private static void delete(Path path) throws IOException {
        if (!Files.exists(path)) return;
        List<Path> all;
        try (Stream<Path> files = Files.walk(path)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) Files.delete(file);
    }

    /// Counts weights while they are written, and while they are read back.
    static final class Steps {
        private final Progress progress;
        private final long total;
        private long done;

        Steps(ModelSource source, Progress progress) {
            this.progress = progress;
            total = 2 * source.config().ternaryWeights();
        }

        void add(long weights) {
            done += weights;
            progress.at(done, total);
        }
    }
}
