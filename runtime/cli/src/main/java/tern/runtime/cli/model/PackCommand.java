package tern.runtime.cli.model;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.ir.PackedMatrix;
import tern.ir.Packer;
import tern.ir.Packing;
import tern.ir.PackingFit;
import tern.runtime.model.Linear;

/// `tern pack`: a tensor's weights in a packing, byte for byte.
@Command(name = "pack", description = "Write a model's tensor in a packing, byte for byte as its text says. What does not fit is counted.")
public final class PackCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private PackingChoice choice;

    @ArgGroup(exclusive = false, multiplicity = "1")
    private TensorChoice tensor;

    @Option(names = "--output", required = true, paramLabel = "O", description = "File to write: the matrix from its first byte on, nothing else.")
    private Path output;

    @Option(names = "--force", description = "Replace O if it is there.")
    private boolean force;

    @Override
    public Integer call() throws IOException {
        Packing packing = choice.packing();
        try (Arena arena = Arena.ofShared()) {
            Linear linear = tensor.linear(arena);
            PackingFit fit = PackingFit.of(packing, linear.m(), linear.k(), linear.rows());
            if (!fit.holds()) {
                spec.commandLine().getErr().printf("tern pack: %s: packing %s: %s%n", tensor, packing.name(), fit);
                return 1;
            }
            PackedMatrix packed = Packer.of(packing).pack(linear.m(), linear.k(), linear.rows(), linear.scales());
            long bytes = packing.bytes(linear.m(), linear.k());
            write(packed.bytes().asSlice(0, bytes).asByteBuffer());
            spec.commandLine().getOut().printf("%s: %,d bytes, [%d, %d], %.4f bits a weight; %s%n", output, bytes, linear.m(), linear.k(),
                    8.0 * bytes / ((double) linear.m() * linear.k()), ScaleComparison.said(packed, linear.scales()));
        }
        return 0;
    }

    private void write(ByteBuffer bytes) throws IOException {
        StandardOpenOption how = force ? StandardOpenOption.CREATE : StandardOpenOption.CREATE_NEW;
        try (FileChannel channel = FileChannel.open(output, how, StandardOpenOption.WRITE, StandardOpenOption.READ)) {
            channel.truncate(0);
            while (bytes.hasRemaining()) channel.write(bytes);
        }
    }
}
