package tern.codegen.cuda.simulate;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tern.codegen.cuda.simulate.Lexer.Kind;

/// `.shared .align 16 .b8 tile[4096];`, `.const .b32 table[4] = {1, 2, 3, 4};`.
final class Declaration {

    private final Words words;
    private final SharedLayout layout;

    /// @param layout of the space that is declared, shared or local
    Declaration(Words words, SharedLayout layout) {
        this.words = words;
        this.layout = layout;
    }

    /// @param extern without a length, in shared memory: what a launch asks for besides
    void read(boolean extern, Map<String, Variable> into) {
        var first = words.next();
        Variable.Space space = switch (first.text()) {
            case ".global" -> Variable.Space.GLOBAL;
            case ".const" -> Variable.Space.CONSTANT;
            case ".local" -> Variable.Space.LOCAL;
            default -> Variable.Space.SHARED;
        };
        int align = words.take(".align") ? words.number() : 0;
        Type type = words.type();
        align = Math.max(align, type.bytes());
        do {
            var name = words.next(Kind.WORD);
            if (into.containsKey(name.text()))
                throw new PtxError(name.line(), "'" + name.text() + "' is declared a second time");
            into.put(name.text(), variable(name.text(), space, align, type, extern));
        } while (words.take(","));
        words.expect(";");
    }

    private Variable variable(String name, Variable.Space space, int align, Type type, boolean extern) {
        int line = words.peek().line();
        int count = 1;
        boolean open = false;
        while (words.take("[")) {
            if (words.take("]")) {
                open = true;
                continue;
            }
            count = Math.multiplyExact(count, words.number());
            words.expect("]");
        }
        byte[] content = words.take("=") ? content(type) : new byte[0];
        if (open && !extern && content.length > 0) count = content.length / type.bytes();
        else if (open && (!extern || space != Variable.Space.SHARED))
            throw new PtxError(line, "'" + name + "' has no length; only extern shared memory may have none");
        if (extern && !open) throw new PtxError(line, "'" + name + "': what another text defines is not supported");
        int bytes = open && extern ? 0 : count * type.bytes();
        if (content.length > bytes) throw new PtxError(line, "'" + name + "' is given more than it holds");
        // A card zeroes what is not given a value, in global and constant memory.
        if (space == Variable.Space.GLOBAL || space == Variable.Space.CONSTANT) content = java.util.Arrays.copyOf(content, bytes);
        boolean placed = space == Variable.Space.LOCAL || space == Variable.Space.SHARED && bytes > 0;
        return new Variable(name, space, align, bytes, placed ? layout.place(align, bytes) : 0, content);
    }

    private byte[] content(Type type) {
        var values = new ArrayList<Operand>();
        values(values);
        ByteBuffer bytes = ByteBuffer.allocate(values.size() * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (Operand value : values) {
            long bits = Constants.bits(value, type, words.peek().line());
            for (int i = 0; i < type.bytes(); i++) bytes.put((byte) (bits >>> 8 * i));
        }
        return bytes.array();
    }

    private void values(List<Operand> into) {
        if (!words.take("{")) {
            boolean negative = words.take("-");
            var token = words.next(Kind.NUMBER);
            Operand value = Literal.of(token);
            into.add(negative ? Literal.negated(value, token.line()) : value);
            return;
        }
        do {
            values(into);
        } while (words.take(","));
        words.expect("}");
    }
}
