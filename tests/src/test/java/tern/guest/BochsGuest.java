package tern.guest;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import tern.ir.device.DeviceException;

/// A PC that Bochs emulates, without a BIOS: its ROM enters 64-bit mode, turns AVX-512 on, and calls what a list in memory names. The emulator
/// begins with the memory that was written so far, and is started when somebody reads what calls have changed; its debugger then saves the
/// memory. Bochs reads an image of memory as if blocks of 128 KiB lay one after the other, and gives them out in the order in which they are
/// touched: so the program touches them in order first.
///
/// Sources: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 3, sections 4.5 and 10.8.5; Bochs User Manual, section 4.3.
final class BochsGuest implements Guest {

    /// Where page tables lie, then the end of all, then calls, then the word that says that all have returned, then all else.
    private static final int START = 0x10_0000, LEVEL_4 = 0x10_1000, LEVEL_3 = 0x10_2000, END = 0x10_2ff8, CALLS = 0x10_3000, DONE = 0x1f_fff8,
            FREE = 0x20_0000;

    private static final int ROM_BYTES = 1 << 16, RESET = 0xfff0, ROM_TILES = 0x400;

    private static final long ROM = 0xffff_0000L;

    /// GNU as:
    ///
    ///     .code16  cli                              .code64  xor ecx, ecx           # AVX and AVX-512
    ///              lgdt cs:[table]                           mov eax, 0xe7
    ///              mov eax, 0x40620                          xor edx, edx
    ///              mov cr4, eax                              xsetbv
    ///              mov eax, 0x101000                         mov esp, 0x101000
    ///              mov cr3, eax                              mov ebx, 0x100000      # blocks get memory in this order
    ///              mov ecx, 0xc0000080              0:       mov cl, [rbx]
    ///              mov eax, 0x100                            add ebx, 0x20000
    ///              xor edx, edx                              cmp ebx, [0x102ff8]
    ///              wrmsr                                     jb 0b
    ///              mov eax, 0x80000011                       mov ebx, 0x103000
    ///              mov cr0, eax                     1:       mov rax, [rbx]
    ///              jmp 8:long                                test rax, rax
    ///                                                        jz 2f
    ///     table of two descriptors, the second               mov rdi, [rbx + 8]
    ///     of code, and its size and address                  add rbx, 16
    ///                                                        call rax
    ///                                                        jmp 1b
    ///                                               2:       mov dword ptr [0x1ffff8], 1
    ///                                                        xchg bx, bx            # the debugger's turn
    ///                                               3:       hlt
    ///                                                        jmp 3b
    private static final String PROGRAM = "fa2e0f01169c0066b8200604000f22e066b8001010000f22d866b9800000c066b8000100006631d20f3066b8110000800f22c066ea3b00ff"
            + "ff080031c9b8e700000031d20f01d1bc00101000bb000010008a0b81c3000002003b1c25f82f100072efbb00301000488b034885c0740c48"
            + "8b7b084883c310ffd0ebecc70425f8ff1f00010000006687dbf4ebfd0000000000000000ffff0000009baf000f008c000f0000";

    /// A jump to its beginning.
    private static final byte[] AT_RESET = {(byte) 0xea, 0, 0, 0, (byte) 0xf0};

    private static final String VGA = "/usr/share/vgabios/vgabios.bin", DISPLAY = "/usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so";

    private final Path folder;
    private final String processor;
    private final boolean tiles;
    private final List<Long> calls = new ArrayList<>();
    private byte[] memory = new byte[1 << 22];
    private int free = FREE;

    /// @param processor that Bochs is to be: an instruction that it lacks ends the program
    /// @param tiles     whether the PC has AMX, which Bochs has not
    BochsGuest(String processor, boolean tiles) {
        this.processor = processor;
        this.tiles = tiles;
        try {
            folder = Files.createTempDirectory("tern");
            byte[] rom = Arrays.copyOf(HexFormat.of().parseHex(PROGRAM), ROM_BYTES);
            System.arraycopy(AT_RESET, 0, rom, RESET, AT_RESET.length);
            byte[] emulation = tiles ? EmulatedTiles.code() : new byte[0];
            System.arraycopy(emulation, 0, rom, ROM_TILES, emulation.length);
            Files.write(folder.resolve("rom"), rom);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ByteBuffer tables = words().putLong(LEVEL_4 - START, LEVEL_3 | 3);
        for (long page = 0; page < 4; page++) tables.putLong(LEVEL_3 - START + 8 * (int) page, page << 30 | 0x83); // of 1 GiB
    }

    static boolean isHere() {
        return Files.exists(Path.of(VGA)) && Files.exists(Path.of(DISPLAY))
                && Stream.of("bochs", "script").allMatch(program -> Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(one -> Files.isExecutable(Path.of(one, program))));
    }

    private ByteBuffer words() {
        return ByteBuffer.wrap(memory).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public long allocate(long bytes) {
        int address = (free + 127) / 128 * 128;
        free = Math.toIntExact(address + bytes);
        while (free - START > memory.length) memory = Arrays.copyOf(memory, 2 * memory.length);
        return address;
    }

    @Override
    public void write(long address, byte[] bytes) {
        run();
        writeUnused(address, bytes);
    }

    @Override
    public void writeUnused(long address, byte[] bytes) {
        System.arraycopy(bytes, 0, memory, (int) address - START, bytes.length);
    }

    @Override
    public byte[] read(long address, int bytes) {
        run();
        int from = (int) address - START;
        return Arrays.copyOfRange(memory, from, from + bytes);
    }

    @Override
    public void call(long entry, long frame) {
        calls.add(entry);
        calls.add(frame);
    }

    /// Does what calls were asked for.
    private void run() {
        if (calls.isEmpty()) return;
        ByteBuffer words = words().position(CALLS - START);
        if (tiles) {
            EmulatedTiles.prepare(memory, START, ROM + ROM_TILES);
            words.putLong(ROM + ROM_TILES).putLong(0);
        }
        calls.forEach(words::putLong);
        words.putLong(0).putLong(DONE - START, 0).putLong(END - START, free);
        calls.clear();
        try {
            Files.write(folder.resolve("ram"), Arrays.copyOf(memory, free - START));
            Path result = folder.resolve("result");
            Files.deleteIfExists(result);
            Files.writeString(folder.resolve("settings"), settings());
            Files.writeString(folder.resolve("commands"), "c\nwritemem \"result\" 0x%x %d\nquit\n".formatted(START, free - START));
            // The display is a terminal, which script pretends to be.
            var builder = new ProcessBuilder("script", "-qc", "bochs -q -f settings -rc commands", "/dev/null").directory(folder.toFile());
            builder.environment().put("TERM", "vt100");
            Process process = builder.redirectInput(new File("/dev/null")).redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD).start();
            process.waitFor();
            byte[] after = Files.exists(result) ? Files.readAllBytes(result) : new byte[0];
            if (after.length != free - START || after[DONE - START] != 1)
                throw new DeviceException("the PC that Bochs emulates stopped: " + Files.readString(folder.resolve("log")).lines()
                        .filter(line -> line.contains("exception()")).findFirst().orElse("it did not say why"));
            System.arraycopy(after, 0, memory, 0, after.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DeviceException("interrupted while Bochs ran");
        }
    }

    private String settings() {
        int mebibytes = Math.max(16, Integer.highestOneBit(free >> 20) * 2);
        return """
            cpu: model=%s, ips=400000000, reset_on_triple_fault=0
            memory: guest=%2$d, host=%2$d
            romimage: file=rom, address=0xffff0000
            vgaromimage: file=%3$s
            optramimage1: file=ram, address=0x%4$x
            display_library: term
            pci: enabled=0
            plugin_ctrl: unmapped=0, biosdev=0, speaker=0, extfpuirq=0, parallel=0, serial=0, gameport=0, iodebug=0
            magic_break: enabled=1
            log: log
            panic: action=fatal
            """.formatted(processor, mebibytes, VGA, START);
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) Files.delete(file);
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
