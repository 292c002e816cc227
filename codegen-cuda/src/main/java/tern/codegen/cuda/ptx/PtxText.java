package tern.codegen.cuda.ptx;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The body of an entry as it grows: instructions in PTX's own spelling, and the registers they use.
final class PtxText {

    /// Kinds of registers, by their names.
    enum Kind {
        PREDICATE("%p", ".pred"),
        HALF("%h", ".b16"),
        WORD("%r", ".b32"),
        FLOAT("%f", ".f32"),
        LONG("%rd", ".b64");

        private final String prefix, type;

        Kind(String prefix, String type) {
            this.prefix = prefix;
            this.type = type;
        }
    }

    private final List<String> lines = new ArrayList<>();
    private final Map<Kind, Integer> used = new EnumMap<>(Kind.class);
    private int labels;

    /// A register that nothing else uses.
    String register(Kind kind) {
        int number = used.merge(kind, 1, Integer::sum);
        return kind.prefix + number;
    }

    /// `opcode a, b, c;`
    void emit(String opcode, String... operands) {
        lines.add("    " + opcode + (operands.length == 0 ? "" : " " + String.join(", ", operands)) + ";");
    }

    /// The same under a predicate, `%p1` or `!%p1`.
    void emitIf(String predicate, String opcode, String... operands) {
        lines.add("    @" + predicate + " " + opcode + (operands.length == 0 ? "" : " " + String.join(", ", operands)) + ";");
    }

    /// An instruction that writes a new register.
    ///
    /// @return the register
    String make(Kind kind, String opcode, String... operands) {
        String to = register(kind);
        String[] all = new String[operands.length + 1];
        all[0] = to;
        System.arraycopy(operands, 0, all, 1, operands.length);
        emit(opcode, all);
        return to;
    }

    String label(String stem) {
        return "$" + stem + "_" + labels++;
    }

    void place(String label) {
        lines.add(label + ":");
    }

    void comment(String text) {
        lines.add("    // " + text);
    }

    /// Instructions so far.
    int size() {
        return lines.size();
    }

    /// Declarations, then all instructions.
    String body() {
        var text = new StringBuilder();
        used.forEach((kind, count) -> text.append(
                String.format(Locale.ROOT, "    .reg %-5s %s<%d>;%n", kind.type, kind.prefix, count + 1)));
        text.append('\n');
        lines.forEach(line -> text.append(line).append('\n'));
        return text.toString();
    }
}
