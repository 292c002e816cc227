package tern.runtime.cli.model;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.ir.PackedMatrix;
import tern.ir.Packing;
import tern.ir.Scales;
import tern.runtime.cli.option.Sizes;
import tern.runtime.model.Linear;
import tern.runtime.safetensors.Dtype;
import tern.runtime.safetensors.SafetensorsWriter;

/// `tern unpack`: the weights that packed bytes hold, and whether they are a model's.
@Command(name = "unpack",
        description = "Read a matrix in a packing: write its weights as safetensors (int8, and scales as float32), compare them with a model's, or both.")
public final class UnpackCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private PackingChoice choice;

    @Option(names = "--input", required = true, paramLabel = "B", description = "The packed matrix, nothing else.")
    private Path input;

    @Option(names = "--shape", paramLabel = "M,K", description = "Rows and inputs. Default: those of the model's tensor.")
    private @Nullable String shape;

    @ArgGroup(exclusive = false)
    private @Nullable TensorChoice tensor;

    @Option(names = "--output", paramLabel = "W.safetensors", description = "File to write: weights and, if the packing has them, scales. Default: none.")
    private @Nullable Path output;

    @Option(names = "--force", description = "Replace the file if it is there.")
    private boolean force;

    @Override
    public Integer call() throws IOException {
        if (shape == null && tensor == null) throw new IllegalArgumentException("--shape, or --model and --tensor, says how large the matrix is");
        Packing packing = choice.packing();
        try (Arena arena = Arena.ofShared(); FileChannel channel = FileChannel.open(input)) {
            Linear model = tensor == null ? null : tensor.linear(arena);
            Sizes.Chosen asked = shape == null ? null : Sizes.parse(shape);
            int m = asked != null ? asked.m() : model == null ? 0 : model.m(), k = asked != null ? asked.k() : model == null ? 0 : model.k();
            if (model != null && (model.m() != m || model.k() != k))
                throw new IllegalArgumentException("--shape %s: %s is %d,%d".formatted(shape, tensor, model.m(), model.k()));
            if (channel.size() != packing.bytes(m, k))
                throw new IllegalArgumentException("%s: %,d bytes; packing %s takes %,d for %d,%d".formatted(
                        input, channel.size(), packing.name(), packing.bytes(m, k), m, k));
            MemorySegment bytes = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
            var matrix = new PackedMatrix(packing, m, k, bytes);
            if (output != null) write(output, matrix);
            return model == null ? 0 : compare(matrix, model);
        }
    }

    private void write(Path file, PackedMatrix matrix) throws IOException {
        if (force) Files.deleteIfExists(file);
        var writer = new SafetensorsWriter();
        writer.tensor("weight", Dtype.I8, List.of((long) matrix.m(), (long) matrix.k()), to -> weights(matrix, to));
        String said = "weight int8 [%d, %d]".formatted(matrix.m(), matrix.k());
        if (matrix.packing().scale() != null) {
            Scales scales = matrix.scales();
            int groups = scales.group() == 0 ? 1 : Math.ceilDiv(matrix.k(), scales.group());
            writer.tensor("scale", Dtype.F32, List.of((long) matrix.m(), (long) groups), to -> scales(matrix.m(), groups, scales, to));
            said += ", scale float32 [%d, %d]".formatted(matrix.m(), groups);
        }
        writer.write(file);
        spec.commandLine().getOut().printf("%s: %s%n", file, said);
    }

    private static void weights(PackedMatrix matrix, WritableByteChannel to) throws IOException {
        var row = new byte[matrix.k()];
        for (int r = 0; r < matrix.m(); r++) {
            matrix.read(r, row);
            to.write(ByteBuffer.wrap(row));
        }
    }

    private static void scales(int m, int groups, Scales scales, WritableByteChannel to) throws IOException {
        var row = ByteBuffer.allocate(groups * (int) ValueLayout.JAVA_FLOAT.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
        for (int r = 0; r < m; r++) {
            row.clear();
            for (int g = 0; g < groups; g++) row.putFloat(scales.at(r, g));
            to.write(row.flip());
        }
    }

    /// @return the status of the command
    private int compare(PackedMatrix matrix, Linear model) {
        var own = new byte[matrix.k()];
        var theirs = new byte[matrix.k()];
        long different = 0;
        String first = "";
        for (int r = 0; r < matrix.m(); r++) {
            matrix.read(r, own);
            model.rows().read(r, theirs);
            for (int c = 0; c < own.length; c++) {
                if (own[c] == theirs[c]) continue;
                if (different == 0) first = ", the first at row %d, k %d: %d, the model has %d".formatted(r, c, own[c], theirs[c]);
                different++;
            }
        }
        spec.commandLine().getOut().printf("%s: %,d of %,d weights differ from %s%s; %s%n", input, different, (long) matrix.m() * matrix.k(), tensor, first,
                ScaleComparison.said(matrix, model.scales()));
        return different == 0 ? 0 : 1;
    }
}
