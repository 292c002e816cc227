package tern.runtime.cli.option;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import tern.ir.store.WholeFile;

/// Files of little-endian int32 token ids, and of float32 logits.
public final class TokenFile {

    private TokenFile() {}

    /// @throws IllegalArgumentException if the file is missing, empty, or no whole number of int32
    public static int[] read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) throw new IllegalArgumentException(file + ": no such file");
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length == 0 || bytes.length % 4 != 0)
            throw new IllegalArgumentException(
                    "%s: %d bytes are no list of int32 token ids".formatted(file, bytes.length));
        int[] ids = new int[bytes.length / 4];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(ids);
        return ids;
    }

    /// All bytes of `data`, at the end of the channel.
    public static void append(FileChannel channel, MemorySegment data) throws IOException {
        WholeFile.writeAll(channel, data.asByteBuffer());
    }
}
