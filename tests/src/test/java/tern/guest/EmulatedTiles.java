package tern.guest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import tern.ir.device.DeviceException;

/// Code that computes what AMX does, for a processor without it: `tiles.s`, which GNU as assembles.
final class EmulatedTiles {

    /// Where the code keeps tiles, and finds the descriptors of exceptions and where they are.
    private static final int TILES = 0x1e_0000, TABLE = 0x1e_2010, DESCRIPTORS = 0x1e_2100, END = 0x1e_2200;

    /// Of exceptions, by number; that of unknown instructions is the last.
    private static final int UNKNOWN = 6, DESCRIPTOR = 16;

    private static final int CODE_SEGMENT = 8, HANDLER = 16;

    private EmulatedTiles() {}

    /// The code: a function that turns the emulation on.
    static byte[] code() {
        try {
            Path folder = Files.createTempDirectory("tern"), source = folder.resolve("tiles.s"), object = folder.resolve("tiles.o"),
                    code = folder.resolve("tiles.bin");
            try (InputStream text = EmulatedTiles.class.getResourceAsStream("tiles.s")) {
                Files.write(source, Objects.requireNonNull(text).readAllBytes());
            }
            Assumptions.assumeTrue(runs("as", "-o", object.toString(), source.toString())
                    && runs("objcopy", "-O", "binary", "-j", ".text", object.toString(), code.toString()), "GNU as is not here");
            byte[] bytes = Files.readAllBytes(code);
            for (Path file : new Path[] {source, object, code, folder}) Files.delete(file);
            return bytes;
        } catch (IOException e) {
            throw new DeviceException("the emulation of tiles cannot be assembled: " + e);
        }
    }

    private static boolean runs(String... command) {
        try {
            return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// Writes what the code needs.
    ///
    /// @param memory begins at address `start`
    /// @param code   where the code lies
    static void prepare(byte[] memory, int start, long code) {
        Arrays.fill(memory, TILES - start, END - start, (byte) 0);
        ByteBuffer words = ByteBuffer.wrap(memory).order(ByteOrder.LITTLE_ENDIAN);
        words.putShort(TABLE - start, (short) ((UNKNOWN + 1) * DESCRIPTOR - 1)).putLong(TABLE - start + 2, DESCRIPTORS);
        long handler = code + HANDLER;
        words.position(DESCRIPTORS - start + UNKNOWN * DESCRIPTOR);
        // Intel 64 and IA-32 Architectures Software Developer's Manual, volume 3, figure 6-8: an interrupt gate.
        words.putShort((short) handler).putShort((short) CODE_SEGMENT).putShort((short) 0x8e00).putShort((short) (handler >> 16)).putLong(handler >>> 32);
    }
}
