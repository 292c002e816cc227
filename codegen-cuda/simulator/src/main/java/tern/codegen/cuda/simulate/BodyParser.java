package tern.codegen.cuda.simulate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tern.codegen.cuda.simulate.Lexer.Kind;

/// What stands between the braces of an entry: registers, variables, labels, instructions, inner scopes.
final class BodyParser {

    /// One pair of braces. Labels are known before their place is read, since a branch may come first.
    private record Scope(int number, Map<String, Operand.Register> registers, Map<String, String> labels) {}

    private final Words words;
    private final String[] lines;
    private final Map<String, Variable> variables;
    private final SharedLayout shared;
    private final SharedLayout local = new SharedLayout();
    private final Deque<Scope> scopes = new ArrayDeque<>();
    private final List<Statement> statements = new ArrayList<>();
    private final Map<String, Integer> labels = new HashMap<>();
    private final List<String> registers = new ArrayList<>();
    private int scopeCount;

    /// @param variables what the body sees; its own are added
    BodyParser(Words words, String[] lines, Map<String, Variable> variables, SharedLayout shared) {
        this.words = words;
        this.lines = lines;
        this.variables = variables;
        this.shared = shared;
    }

    List<Statement> statements() {
        return statements;
    }

    Map<String, Integer> labels() {
        return labels;
    }

    List<String> registers() {
        return registers;
    }

    int localBytes() {
        return local.bytes();
    }

    /// From its opening brace to its closing one.
    void read() {
        words.expect("{");
        scopes.push(new Scope(scopeCount++, new HashMap<>(), labelsAhead(scopeCount)));
        while (!words.take("}")) line();
        scopes.pop();
    }

    private Map<String, String> labelsAhead(int scope) {
        var found = new HashMap<String, String>();
        int depth = 0;
        for (int i = 0; depth >= 0 && words.peek(i).kind() != Kind.END; i++) {
            String text = words.peek(i).text();
            if (text.equals("{")) depth++;
            if (text.equals("}")) depth--;
            boolean label = depth == 0 && words.peek(i).kind() == Kind.WORD && words.peek(i + 1).text().equals(":");
            if (label && found.put(text, text + "@" + scope) != null)
                throw new PtxError(words.peek(i).line(), "label '" + text + "' stands here a second time");
        }
        return found;
    }

    private void line() {
        if (words.is("{")) {
            read();
            return;
        }
        if (words.is(Kind.MODIFIER)) {
            directive();
            return;
        }
        if (words.is(Kind.WORD) && words.peek(1).text().equals(":")) {
            String label = scopes.element().labels().get(words.next().text());
            words.next();
            labels.put(java.util.Objects.requireNonNull(label), statements.size());
            return;
        }
        if (!words.take(";")) instruction();
    }

    private void directive() {
        var word = words.peek();
        switch (word.text()) {
            case ".reg" -> declareRegisters();
            case ".shared" -> new Declaration(words, shared).read(false, variables);
            case ".local" -> new Declaration(words, local).read(false, variables);
            case ".pragma" -> {
                words.next();
                words.next(Kind.STRING);
                words.expect(";");
            }
            case ".loc" -> {
                words.next();
                while (words.is(Kind.NUMBER)) words.next();
            }
            default -> throw new PtxError(word.line(), "'" + word.text() + "' is not supported here");
        }
    }

    /// `.reg .b32 %r<10>, %x;`
    private void declareRegisters() {
        words.expect(".reg");
        Type type = words.type();
        do {
            var name = words.next(Kind.WORD);
            if (words.take("<")) {
                int count = words.number();
                words.expect(">");
                for (int i = 0; i < count; i++) declare(name.text() + i, type, name.line());
            } else {
                declare(name.text(), type, name.line());
            }
        } while (words.take(","));
        words.expect(";");
    }

    private void declare(String name, Type type, int line) {
        var register = new Operand.Register(name, registers.size(), type.bits);
        registers.add(name);
        if (scopes.element().registers().put(name, register) != null)
            throw new PtxError(line, "register '" + name + "' is declared a second time");
    }

    private void instruction() {
        int line = words.peek().line();
        Operand.@Nullable Register guard = null;
        boolean negated = false;
        if (words.take("@")) {
            negated = words.take("!");
            var name = words.next(Kind.WORD);
            if (!(resolve(name.text(), line) instanceof Operand.Register r) || r.bits() != 1)
                throw new PtxError(line, "'" + name.text() + "' is not a predicate");
            guard = r;
        }
        String opcode = words.next(Kind.WORD).text();
        var modifiers = new ArrayList<String>();
        while (words.is(Kind.MODIFIER)) modifiers.add(words.next().text().substring(1));
        var operands = new ArrayList<Operand>();
        if (!words.is(";")) {
            do {
                operands.add(operand());
            } while (words.take(","));
        }
        words.expect(";");
        statements.add(new Statement(line, lines[line - 1].strip(), Optional.ofNullable(guard), negated, opcode, modifiers,
                operands));
    }

    private Operand operand() {
        int line = words.peek().line();
        if (words.take("{")) {
            var parts = new ArrayList<Operand>();
            do {
                parts.add(operand());
            } while (words.take(","));
            words.expect("}");
            return new Operand.Vector(List.copyOf(parts));
        }
        if (words.take("[")) return address();
        if (words.take("!")) {
            if (operand() instanceof Operand.Register r && r.bits() == 1) return new Operand.Not(r);
            throw new PtxError(line, "'!' stands before a predicate only");
        }
        Operand first = simple();
        return words.take("|") ? new Operand.Pair(first, simple()) : first;
    }

    private Operand address() {
        Operand base = simple();
        long offset = 0;
        while (words.is("+") || words.is("-")) {
            boolean minus = words.next().text().equals("-");
            if (words.take("-")) minus = !minus;
            var token = words.next(Kind.NUMBER);
            if (!(Literal.of(token) instanceof Operand.Whole(long value)))
                throw new PtxError(token.line(), "an offset is a whole number");
            offset += minus ? -value : value;
        }
        words.expect("]");
        return new Operand.Address(base, offset);
    }

    private Operand simple() {
        var token = words.peek();
        if (words.take("-")) {
            var number = words.next(Kind.NUMBER);
            return Literal.negated(Literal.of(number), number.line());
        }
        if (words.is(Kind.NUMBER)) return Literal.of(words.next());
        String name = words.next(Kind.WORD).text();
        if (name.equals("_")) return new Operand.Sink();
        while (words.is(Kind.MODIFIER)) name += words.next().text();
        return resolve(name, token.line());
    }

    private Operand resolve(String name, int line) {
        for (Scope scope : scopes) {
            var register = scope.registers().get(name);
            if (register != null) return register;
            String label = scope.labels().get(name);
            if (label != null) return new Operand.Name(label);
        }
        if (variables.containsKey(name)) return new Operand.Name(name);
        if (name.equals("WARP_SZ")) return new Operand.Whole(32);
        if (name.startsWith("%") && Specials.isKnown(name)) return new Operand.Special(name);
        throw new PtxError(line, "nothing is named '" + name + "'");
    }
}
