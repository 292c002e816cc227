package tern.runtime.cli;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// An ELF-64 file as the specification describes it, for objects of Tern's and of GNU as.
///
/// @param type      1 for a relocatable object
/// @param functions global ones: first byte in `.text`, bytes
/// @param undefined global symbols that it does not define
record ElfFile(int type, int machine, Map<String, Section> sections, Map<String, List<Long>> functions, List<String> undefined) {

    record Section(int type, long flags, long alignment, byte[] content) {}

    /// @param to section or symbol that it refers to
    record Relocation(long at, long type, String to, long addend) {}

    static ElfFile of(byte[] bytes) {
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (file.getInt(0) != 0x464c457f || bytes[4] != 2 || bytes[5] != 1) throw new AssertionError("no little-endian ELF-64");
        int count = file.getShort(60);
        Section[] all = new Section[count];
        String[] names = new String[count];
        for (int i = 0; i < count; i++) all[i] = section(file, i);
        for (int i = 0; i < count; i++) names[i] = text(all[file.getShort(62)].content, file.getInt(header(file, i)));
        var sections = new TreeMap<String, Section>();
        for (int i = 1; i < count; i++) sections.put(names[i], all[i]);
        var functions = new TreeMap<String, List<Long>>();
        List<String> undefined = new ArrayList<>();
        ByteBuffer symbols = content(sections, ".symtab");
        for (int at = 24; at < symbols.capacity(); at += 24) {
            String name = text(content(sections, ".strtab").array(), symbols.getInt(at));
            int info = symbols.get(at + 4), section = symbols.getShort(at + 6);
            if (info >> 4 == 1 && section == 0) undefined.add(name);
            if (info == 0x12 && names[section].equals(".text")) functions.put(name, List.of(symbols.getLong(at + 8), symbols.getLong(at + 16)));
        }
        return new ElfFile(file.getShort(16), file.getShort(18), sections, functions, undefined);
    }

    byte[] content(String section) {
        return content(sections, section).array();
    }

    /// Of the text.
    List<Relocation> relocations() {
        ByteBuffer symbols = content(sections, ".symtab"), table = content(sections, ".rela.text");
        List<Relocation> all = new ArrayList<>();
        for (int at = 0; at < table.capacity(); at += 24) {
            int symbol = table.getInt(at + 12) * 24;
            boolean section = (symbols.get(symbol + 4) & 15) == 3;
            String to = section ? "section" : text(content(".strtab"), symbols.getInt(symbol));
            all.add(new Relocation(table.getLong(at), table.getInt(at + 8), to, table.getLong(at + 16)));
        }
        return all;
    }

    private static ByteBuffer content(Map<String, Section> sections, String name) {
        Section section = sections.get(name);
        return ByteBuffer.wrap(section == null ? new byte[0] : section.content).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int header(ByteBuffer file, int section) {
        return (int) file.getLong(40) + section * 64;
    }

    private static Section section(ByteBuffer file, int number) {
        int at = header(file, number), from = (int) file.getLong(at + 24), size = (int) file.getLong(at + 32);
        return new Section(file.getInt(at + 4), file.getLong(at + 8), file.getLong(at + 48), Arrays.copyOfRange(file.array(), from, from + size));
    }

    private static String text(byte[] strings, int at) {
        int end = at;
        while (strings[end] != 0) end++;
        return new String(strings, at, end - at, StandardCharsets.UTF_8);
    }
}
