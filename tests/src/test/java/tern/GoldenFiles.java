package tern;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/// The synthetic models under `golden`, made by an independent program; see the README next to them.
public final class GoldenFiles {

    private static final Path FOLDER =
            Path.of(System.getProperty("basedir", "."), "src", "test", "resources", "golden");

    private GoldenFiles() {}

    public static Path path(String name) {
        Path file = FOLDER.resolve(name);
        if (!Files.isRegularFile(file)) throw new AssertionError("no golden file " + file);
        return file;
    }

    static int[] ids(String name) {
        ByteBuffer bytes = bytes(name);
        int[] ids = new int[bytes.remaining() / 4];
        bytes.asIntBuffer().get(ids);
        return ids;
    }

    /// Rows of `width` floats.
    static float[][] floats(String name, int width) {
        ByteBuffer bytes = bytes(name);
        float[][] rows = new float[bytes.remaining() / 4 / width][width];
        var floats = bytes.asFloatBuffer();
        for (float[] row : rows) floats.get(row);
        return rows;
    }

    private static ByteBuffer bytes(String name) {
        try {
            return ByteBuffer.wrap(Files.readAllBytes(path(name))).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
