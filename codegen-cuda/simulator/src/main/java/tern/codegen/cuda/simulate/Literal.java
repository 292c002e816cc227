package tern.codegen.cuda.simulate;

import tern.codegen.cuda.simulate.Lexer.Token;

/// Constants (PTX ISA, "Integer Constants", "Floating-Point Constants").
final class Literal {

    private Literal() {}

    static Operand of(Token token) {
        String text = token.text();
        String digits = text.endsWith("U") ? text.substring(0, text.length() - 1) : text;
        try {
            String prefix = text.length() > 1 ? text.substring(0, 2).toLowerCase(java.util.Locale.ROOT) : "";
            return switch (prefix) {
                case "0f" -> new Operand.Single(Integer.parseUnsignedInt(text, 2, text.length(), 16));
                case "0d" -> new Operand.Real(Double.longBitsToDouble(Long.parseUnsignedLong(text, 2, text.length(), 16)));
                case "0x" -> new Operand.Whole(Long.parseUnsignedLong(digits, 2, digits.length(), 16));
                case "0b" -> new Operand.Whole(Long.parseUnsignedLong(digits, 2, digits.length(), 2));
                default -> decimal(digits);
            };
        } catch (NumberFormatException e) {
            throw new PtxError(token.line(), "'" + text + "' does not fit in 64 bits");
        }
    }

    private static Operand decimal(String digits) {
        if (digits.matches(".*[.eE].*")) return new Operand.Real(Double.parseDouble(digits));
        boolean octal = digits.length() > 1 && digits.startsWith("0");
        return new Operand.Whole(Long.parseUnsignedLong(digits, octal ? 8 : 10));
    }

    static Operand negated(Operand constant, int line) {
        return switch (constant) {
            case Operand.Whole(long value) -> new Operand.Whole(-value);
            case Operand.Real(double value) -> new Operand.Real(-value);
            case Operand.Single(int bits) -> new Operand.Single(bits ^ 0x8000_0000);
            case Operand.Register _, Operand.Special _, Operand.Name _, Operand.Vector _, Operand.Address _, Operand.Not _, Operand.Pair _, Operand.Sink _ ->
                throw new PtxError(line, "only a constant can have a minus");
        };
    }
}
