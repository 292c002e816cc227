package tern.guest;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tern.ir.device.DeviceException;

/// A program for Linux on AArch64, run by qemu: it has memory, and does what it is told on its standard input, which is numbers of 64 bits by three:
///
///     1 address bytes   reads so many bytes from standard input to the address
///     2 address bytes   writes them to standard output
///     3 entry frame     calls a function `void f(long *frame)`
///     0 0 0             ends
///
/// The program is an ELF executable of one segment that this class writes: no compiler is needed.
final class QemuGuest implements Guest {

    /// Of the one segment, which is as large as a kernel's weights may be; what is not written takes no memory.
    static final long BASE = 0x1000_0000L, BYTES = 2L << 30;

    private static final int ELF_HEADER = 64, PROGRAM_HEADER = 56, COMMAND = 3 * Long.BYTES;
    private static final short EXECUTABLE = 2, AARCH64 = 183;

    /// GNU as:
    ///
    ///         ldr x21, base                  read: cbz x2, 12f
    ///     1:  mov x1, x21                    11: mov x0, #0
    ///         mov x2, #24                        mov x8, #63
    ///         bl read                            svc #0
    ///         ldp x22, x23, [x21]                cmp x0, #0
    ///         ldr x24, [x21, #16]                b.le fail
    ///         cbz x22, 4f                        add x1, x1, x0
    ///         mov x1, x23                        subs x2, x2, x0
    ///         mov x2, x24                        b.ne 11b
    ///         cmp x22, #2                    12: ret
    ///         b.eq 2f                        write: cbz x2, 22f
    ///         b.hi 3f                        21: mov x0, #1
    ///         bl read                            mov x8, #64
    ///         b 1b                               svc #0
    ///     2:  bl write                           cmp x0, #0
    ///         b 1b                               b.le fail
    ///     3:  mov x0, x24                        add x1, x1, x0
    ///         blr x23                            subs x2, x2, x0
    ///         b 1b                               b.ne 21b
    ///     4:  mov x0, #0                     22: ret
    ///     5:  mov x8, #93                    fail: mov x0, #99
    ///         svc #0                             b 5b
    ///                                        base: .quad where commands go
    private static final int[] PROGRAM = {
        0x580005b5, 0xaa1503e1, 0xd2800302, 0x94000013, 0xa9405eb6, 0xf9400ab8, 0xb40001b6, 0xaa1703e1, 0xaa1803e2, 0xf1000adf, 0x54000080,
        0x540000a8, 0x9400000a, 0x17fffff4, 0x94000012, 0x17fffff2, 0xaa1803e0, 0xd63f02e0, 0x17ffffef, 0xd2800000, 0xd2800ba8, 0xd4000001,
        0xb4000122, 0xd2800000, 0xd28007e8, 0xd4000001, 0xf100001f, 0x540001ed, 0x8b000021, 0xeb000042, 0x54ffff21, 0xd65f03c0, 0xb4000122,
        0xd2800020, 0xd2800808, 0xd4000001, 0xf100001f, 0x540000ad, 0x8b000021, 0xeb000042, 0x54ffff21, 0xd65f03c0, 0xd2800c60, 0x17ffffe9,
        0xd503201f};

    private final Path file;
    private final Process process;
    private final OutputStream commands;
    private final InputStream results;
    private long free;

    /// @param processor that qemu is to be: an instruction that it lacks ends the program
    /// @throws DeviceException if it does not start
    QemuGuest(String processor) {
        try {
            file = Files.createTempFile("tern", ".elf");
            Files.write(file, elf());
            if (!file.toFile().setExecutable(true)) throw new DeviceException(file + " cannot be made executable");
            String qemu = qemu().orElseThrow(() -> new DeviceException("qemu-aarch64 is not here"));
            // A program that fails, as some are meant to, leaves no memory dump.
            process = new ProcessBuilder("sh", "-c", "ulimit -c 0; exec \"$@\"", "sh", qemu, "-cpu", processor, file.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        commands = new BufferedOutputStream(process.getOutputStream(), 1 << 16);
        results = new BufferedInputStream(process.getInputStream(), 1 << 16);
        free = BASE + 4096;
    }

    /// The program that emulates AArch64; under Linux alone, whose system calls it passes on.
    static Optional<String> qemu() {
        if (!System.getProperty("os.name").equals("Linux")) return Optional.empty();
        return List.of("qemu-aarch64-static", "qemu-aarch64").stream()
                .filter(name -> List.of(System.getenv("PATH").split(":")).stream().anyMatch(folder -> Files.isExecutable(Path.of(folder, name))))
                .findFirst();
    }

    /// Source: System V Application Binary Interface, chapters 4 and 5.
    private static byte[] elf() {
        int entry = ELF_HEADER + PROGRAM_HEADER, code = PROGRAM.length * Integer.BYTES;
        ByteBuffer file = ByteBuffer.allocate(entry + code + Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(0x464c457f).put(new byte[] {2, 1, 1, 0}).putLong(0);
        file.putShort(EXECUTABLE).putShort(AARCH64).putInt(1).putLong(BASE + entry).putLong(ELF_HEADER).putLong(0).putInt(0);
        file.putShort((short) ELF_HEADER).putShort((short) PROGRAM_HEADER).putShort((short) 1).putShort((short) 64).putInt(0);
        file.putInt(1).putInt(7).putLong(0).putLong(BASE).putLong(BASE).putLong(file.capacity()).putLong(BYTES).putLong(4096);
        for (int word : PROGRAM) file.putInt(word);
        return file.putLong(BASE + file.capacity() + Long.BYTES).array();
    }

    @Override
    public long allocate(long bytes) {
        long address = (free + 127) / 128 * 128;
        free = address + bytes;
        if (free > BASE + BYTES) throw new DeviceException("the guest's memory is used up");
        return address;
    }

    @Override
    public void write(long address, byte[] bytes) {
        if (bytes.length == 0) return;
        command(1, address, bytes.length);
        try {
            commands.write(bytes);
        } catch (IOException e) {
            throw died(e);
        }
    }

    @Override
    public byte[] read(long address, int bytes) {
        if (bytes == 0) return new byte[0];
        command(2, address, bytes);
        try {
            commands.flush();
            byte[] all = results.readNBytes(bytes);
            if (all.length < bytes) throw new EOFException();
            return all;
        } catch (IOException e) {
            throw died(e);
        }
    }

    @Override
    public void call(long entry, long frame) {
        command(3, entry, frame);
    }

    private void command(long what, long first, long second) {
        try {
            commands.write(ByteBuffer.allocate(COMMAND).order(ByteOrder.LITTLE_ENDIAN).putLong(what).putLong(first).putLong(second).array());
        } catch (IOException e) {
            throw died(e);
        }
    }

    private DeviceException died(IOException cause) {
        try {
            return new DeviceException("the program that qemu runs ended with status " + process.waitFor() + ": " + cause);
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            return new DeviceException("the program that qemu runs ended: " + cause);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
