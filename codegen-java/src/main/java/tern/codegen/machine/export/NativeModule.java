package tern.codegen.machine.export;

import static java.util.Locale.ROOT;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tern.codegen.machine.CFunction;
import tern.codegen.machine.elf.ElfObject;
import tern.codegen.machine.elf.ElfObject.Function;
import tern.codegen.machine.elf.ElfObject.Relocation;
import tern.codegen.machine.x86.Encoder.Reference;
import tern.codegen.machine.x86.Text.Labels;

/// Functions of C in one file, with the constants of all of them: as an object, and as the text that GNU as makes the same object of.
record NativeModule(List<CFunction> functions) {

    /// `R_X86_64_PC32` of the AMD64 supplement: symbol + addend - place.
    private static final int RELATIVE32 = 2;

    /// Between functions: `int3`.
    private static final int FILL = 0xcc;

    ElfObject object() {
        var text = new ByteArrayOutputStream();
        var constants = new ByteArrayOutputStream();
        var symbols = new ArrayList<Function>();
        var relocations = new ArrayList<Relocation>();
        for (CFunction one : functions) {
            while (text.size() % CFunction.ALIGNMENT != 0) text.write(FILL);
            for (Reference reference : one.references())
                relocations.add(new Relocation(text.size() + reference.at(), RELATIVE32, constants.size() + one.addend(reference)));
            symbols.add(new Function(one.name(), text.size(), one.code().length));
            text.writeBytes(one.code());
            constants.writeBytes(one.constants());
        }
        return new ElfObject(ElfObject.X86_64, text.toByteArray(), constants.toByteArray(), CFunction.ALIGNMENT, symbols, relocations);
    }

    /// @param remarks stand at the beginning
    String assembler(String remarks) {
        var text = new StringBuilder();
        remarks.lines().forEach(line -> text.append(("# " + line).stripTrailing()).append('\n'));
        text.append("\n    .intel_syntax noprefix\n    .text\n");
        int labels = 0, constants = 0;
        for (CFunction one : functions) {
            text.append(String.format(ROOT, """

                        .p2align 6, 0x%x
                        .globl %2$s
                        .type %2$s, @function
                    %2$s:
                    """, FILL, one.name()));
            String body = one.printed().with(new Labels(".L", labels, constants));
            text.append(body).append("    .size ").append(one.name()).append(", . - ").append(one.name()).append('\n');
            labels += one.labels();
            constants += one.constantCount();
        }
        text.append("\n    .section .rodata\n    .p2align 6\n");
        byte[] all = object().constants();
        String code = text.toString();
        for (int i = 0; i < constants; i++) {
            String label = new Labels(".L", 0, 0).constant(i);
            if (code.contains(label + "]") || code.contains(label + " ")) text.append(label).append(":\n");
            text.append("    .long ").append(longs(all, i)).append('\n');
        }
        return text.append("\n    .section .note.GNU-stack, \"\", @progbits\n").toString();
    }

    private static String longs(byte[] constants, int number) {
        ByteBuffer bytes = ByteBuffer.wrap(constants).order(ByteOrder.LITTLE_ENDIAN);
        int each = CFunction.constantBytes();
        return IntStream.range(0, each / Integer.BYTES)
                .mapToObj(i -> String.format(ROOT, "0x%x", bytes.getInt(number * each + i * Integer.BYTES)))
                .collect(Collectors.joining(", "));
    }
}
