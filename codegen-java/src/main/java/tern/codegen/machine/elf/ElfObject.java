package tern.codegen.machine.elf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A relocatable object of functions that read constants and call nothing.
///
/// @param machine     `e_machine`: 62 x86-64, 183 AArch64
/// @param text        the functions
/// @param constants   read only
/// @param alignment   of both, bytes
/// @param functions   in `text`, all of them global
/// @param relocations fields of `text` that hold an address among the constants
/// @param marks       where code and data begin in `text`, where a processor's supplement wants that told
public record ElfObject(
        int machine, byte[] text, byte[] constants, int alignment, List<Function> functions, List<Relocation> relocations, List<Mark> marks) {

    public static final int X86_64 = 62, AARCH64 = 183;

    /// @param at first byte in the text
    public record Mark(String name, int at) {}

    /// @param at first byte in the text
    public record Function(String name, int at, int bytes) {}

    /// @param at     first byte of the field in the text
    /// @param type   as the processor's supplement numbers it
    /// @param addend to the address of the constants
    public record Relocation(int at, int type, int addend) {}

    private static final int HEADER = 64, SECTION_HEADER = 64, SYMBOL = 24, RELOCATION = 24;
    private static final int PROGBITS = 1, SYMTAB = 2, STRTAB = 3, RELA = 4;
    private static final int ALLOCATED = 2, EXECUTABLE = 4, INFO_LINK = 0x40;
    private static final int SECTION = 3, GLOBAL_FUNCTION = 0x12;

    /// Numbers of the sections.
    private static final int TEXT = 1, CONSTANTS = 2, SYMBOLS = 5, STRINGS = 6, NAMES = 7;

    /// Local symbols: none, and the two sections'.
    private static final int LOCALS = 3, CONSTANTS_SYMBOL = 2;

    public ElfObject {
        functions = List.copyOf(functions);
        relocations = List.copyOf(relocations);
        marks = List.copyOf(marks);
    }

    private record Section(String name, int type, int flags, byte[] content, int link, int info, int alignment, int entry) {}

    /// The file.
    public byte[] bytes() {
        var strings = new Strings();
        byte[] symbols = symbols(strings);
        var sections = new ArrayList<>(List.of(
                new Section("", 0, 0, new byte[0], 0, 0, 0, 0),
                new Section(".text", PROGBITS, ALLOCATED | EXECUTABLE, text, 0, 0, alignment, 0),
                new Section(".rodata", PROGBITS, ALLOCATED, constants, 0, 0, alignment, 0),
                new Section(".rela.text", RELA, INFO_LINK, relocated(), SYMBOLS, TEXT, 8, RELOCATION),
                // The stack need not be executable.
                new Section(".note.GNU-stack", PROGBITS, 0, new byte[0], 0, 0, 1, 0),
                new Section(".symtab", SYMTAB, 0, symbols, STRINGS, LOCALS + marks.size(), 8, SYMBOL),
                new Section(".strtab", STRTAB, 0, strings.bytes(), 0, 0, 1, 0)));
        var names = new Strings();
        List<Integer> named = new ArrayList<>();
        for (Section section : sections) named.add(names.add(section.name));
        named.add(names.add(".shstrtab"));
        sections.add(new Section(".shstrtab", STRTAB, 0, names.bytes(), 0, 0, 1, 0));
        return file(sections, named);
    }

    private byte[] file(List<Section> sections, List<Integer> names) {
        int end = HEADER;
        int[] places = new int[sections.size()];
        for (int i = 1; i < places.length; i++) {
            places[i] = aligned(end, sections.get(i).alignment);
            end = places[i] + sections.get(i).content.length;
        }
        int table = aligned(end, 8);
        byte[] bytes = new byte[table + sections.size() * SECTION_HEADER];
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0);
        file.putShort((short) 1).putShort((short) machine).putInt(1).putLong(0).putLong(0).putLong(table).putInt(0);
        file.putShort((short) HEADER).putShort((short) 0).putShort((short) 0);
        file.putShort((short) SECTION_HEADER).putShort((short) sections.size()).putShort((short) NAMES);
        for (int i = 1; i < places.length; i++) file.put(places[i], sections.get(i).content);
        file.position(table);
        for (int i = 0; i < places.length; i++) {
            Section one = sections.get(i);
            file.putInt(names.get(i)).putInt(one.type).putLong(one.flags).putLong(0).putLong(places[i]).putLong(one.content.length);
            file.putInt(one.link).putInt(one.info).putLong(one.alignment).putLong(one.entry);
        }
        return bytes;
    }

    private byte[] symbols(Strings strings) {
        byte[] bytes = new byte[(LOCALS + marks.size() + functions.size()) * SYMBOL];
        ByteBuffer symbols = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        symbols.position(SYMBOL);
        for (int section : new int[] {TEXT, CONSTANTS})
            symbols.putInt(0).put((byte) SECTION).put((byte) 0).putShort((short) section).putLong(0).putLong(0);
        for (Mark one : marks) symbols.putInt(strings.add(one.name)).put((byte) 0).put((byte) 0).putShort((short) TEXT).putLong(one.at).putLong(0);
        for (Function one : functions)
            symbols.putInt(strings.add(one.name)).put((byte) GLOBAL_FUNCTION).put((byte) 0).putShort((short) TEXT).putLong(one.at).putLong(one.bytes);
        return bytes;
    }

    private byte[] relocated() {
        byte[] bytes = new byte[relocations.size() * RELOCATION];
        ByteBuffer all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (Relocation one : relocations) all.putLong(one.at).putInt(one.type).putInt(CONSTANTS_SYMBOL).putLong(one.addend);
        return bytes;
    }

    private static int aligned(int value, int to) {
        return (value + to - 1) / to * to;
    }

    /// Names, each with a zero after it; the first is empty.
    private static final class Strings {
        private final ByteArrayOutputStream all = new ByteArrayOutputStream();

        Strings() {
            all.write(0);
        }

        int add(String name) {
            if (name.isEmpty()) return 0;
            int at = all.size();
            all.writeBytes(name.getBytes(StandardCharsets.UTF_8));
            all.write(0);
            return at;
        }

        byte[] bytes() {
            return all.toByteArray();
        }
    }
}
