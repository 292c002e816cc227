package tern.codegen.machine.x86;

import tern.ir.loop.Expr.Compare.Relation;

/// What a jump, a move or a set asks of the flags; numbers as in the encoding.
public enum Condition {
    BELOW(2, "b"),
    ABOVE_OR_EQUAL(3, "ae"),
    EQUAL(4, "e"),
    NOT_EQUAL(5, "ne"),
    BELOW_OR_EQUAL(6, "be"),
    ABOVE(7, "a"),
    LESS(12, "l"),
    GREATER_OR_EQUAL(13, "ge"),
    LESS_OR_EQUAL(14, "le"),
    GREATER(15, "g");

    private final int number;
    private final String suffix;

    Condition(int number, String suffix) {
        this.number = number;
        this.suffix = suffix;
    }

    public static Condition of(Relation relation, boolean signed) {
        return switch (relation) {
            case EQ -> EQUAL;
            case NE -> NOT_EQUAL;
            case LT -> signed ? LESS : BELOW;
            case LE -> signed ? LESS_OR_EQUAL : BELOW_OR_EQUAL;
            case GT -> signed ? GREATER : ABOVE;
            case GE -> signed ? GREATER_OR_EQUAL : ABOVE_OR_EQUAL;
        };
    }

    public Condition opposite() {
        for (Condition other : values()) if (other.number == (number ^ 1)) return other;
        throw new AssertionError("no opposite of " + this);
    }

    int number() {
        return number;
    }

    String suffix() {
        return suffix;
    }

    /// Moves if the condition holds.
    public Opcode move() {
        return Opcode.integer("cmov" + suffix, 0, 1, true, 0x40 | number, -1, Form.R_M, "mq rq");
    }

    /// 1 if the condition holds, else 0, in the low byte.
    public Opcode set() {
        return Opcode.integer("set" + suffix, 0, 1, false, 0x90 | number, 0, Form.M, "wb");
    }
}
