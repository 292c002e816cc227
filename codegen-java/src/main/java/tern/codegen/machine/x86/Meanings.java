package tern.codegen.machine.x86;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.loop.Expr;

/// Instructions by what they mean.
public final class Meanings {

    private static final Map<Meaning, Opcode> ALL = map(Vectors.ALL), ONLY_AVX512 = map(Avx512.ALL);

    private Meanings() {}

    private static Map<Meaning, Opcode> map(List<Opcode> opcodes) {
        Map<Meaning, Opcode> map = new HashMap<>();
        for (Opcode opcode : opcodes) for (Expr meaning : opcode.meanings()) map.put(Meaning.of(meaning), opcode);
        return map;
    }

    /// The instruction that means `expr`, whatever its operands are; null if it takes several.
    public static @Nullable Opcode instruction(Expr expr, boolean avx512) {
        Opcode found = ALL.get(Meaning.of(expr));
        return found == null && avx512 ? ONLY_AVX512.get(Meaning.of(expr)) : found;
    }

    /// An operation and the elements that it takes and gives; nothing else of an expression distinguishes instructions.
    private record Meaning(Object operation, Element from, Element to) {
        static Meaning of(Expr expr) {
            Element to = expr.type().element();
            return switch (expr) {
                case Expr.Binary(var op, Expr a, _) -> new Meaning(op, a.type().element(), to);
                case Expr.Unary(var op, Expr a) -> new Meaning(op, a.type().element(), to);
                case Expr.Compare(var relation, Expr a, _) -> new Meaning(relation, a.type().element(), to);
                case Expr.Convert(_, Expr a) -> new Meaning(Expr.Convert.class, a.type().element(), to);
                default -> new Meaning(expr.getClass(), to, to);
            };
        }
    }
}
