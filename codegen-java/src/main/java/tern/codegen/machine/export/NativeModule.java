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
import tern.codegen.machine.code.Labels;
import tern.codegen.machine.elf.ElfObject;
import tern.codegen.machine.elf.ElfObject.Function;
import tern.codegen.machine.elf.ElfObject.Mark;
import tern.codegen.machine.elf.ElfObject.Relocation;
import tern.codegen.machine.x86.Encoder.Reference;

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
        var marks = new ArrayList<Mark>(); // ELF for the Arm 64-bit Architecture, section 5.5.5
        for (CFunction one : functions) {
            while (text.size() % CFunction.ALIGNMENT != 0) text.write(FILL);
            int at = text.size();
            for (Reference reference : one.references())
                relocations.add(new Relocation(text.size() + reference.at(), RELATIVE32, constants.size() + one.addend(reference)));
            text.writeBytes(one.code());
            if (one.constantsFollow()) {
                marks.addAll(List.of(new Mark("$x", at), new Mark("$d", text.size())));
                text.writeBytes(one.constants());
            } else constants.writeBytes(one.constants());
            symbols.add(new Function(one.name(), at, text.size() - at));
        }
        int machine = isArm() ? ElfObject.AARCH64 : ElfObject.X86_64;
        return new ElfObject(machine, text.toByteArray(), constants.toByteArray(), CFunction.ALIGNMENT, symbols, relocations, marks);
    }

    private boolean isArm() {
        return functions.getFirst().constantsFollow();
    }

    /// @param remarks stand at the beginning
    String assembler(String remarks) {
        var text = new StringBuilder();
        remarks.lines().forEach(line -> text.append(((isArm() ? "// " : "# ") + line).stripTrailing()).append('\n'));
        text.append(isArm() ? "\n    .arch armv8.6-a\n    .text\n" : "\n    .intel_syntax noprefix\n    .text\n");
        int labels = 0, constants = 0;
        for (CFunction one : functions) {
            text.append(String.format(ROOT, """

                        .p2align 6, 0x%x
                        .globl %2$s
                        .type %2$s, %%function
                    %2$s:
                    """, FILL, one.name()));
            String body = one.printed().with(new Labels(".L", labels, constants));
            text.append(body);
            if (isArm()) print(one.constants(), new Labels(".L", labels, constants), text.append("    .p2align 6, 0\n"));
            text.append("    .size ").append(one.name()).append(", . - ").append(one.name()).append('\n');
            labels += one.labels();
            constants += one.constantCount();
        }
        if (!isArm()) print(object().constants(), new Labels(".L", 0, 0), text.append("\n    .section .rodata\n    .p2align 6\n"));
        return text.append("\n    .section .note.GNU-stack, \"\", @progbits\n").toString();
    }

    private static void print(byte[] constants, Labels labels, StringBuilder text) {
        String code = text.toString();
        for (int i = 0; i < constants.length / CFunction.constantBytes(); i++) {
            String label = labels.constant(i);
            if (code.contains(label + "]") || code.contains(label + " ") || code.contains(label + "\n")) text.append(label).append(":\n");
            text.append("    .long ").append(longs(constants, i)).append('\n');
        }
    }

    private static String longs(byte[] constants, int number) {
        ByteBuffer bytes = ByteBuffer.wrap(constants).order(ByteOrder.LITTLE_ENDIAN);
        int each = CFunction.constantBytes();
        return IntStream.range(0, each / Integer.BYTES)
                .mapToObj(i -> String.format(ROOT, "0x%x", bytes.getInt(number * each + i * Integer.BYTES)))
                .collect(Collectors.joining(", "));
    }
}
