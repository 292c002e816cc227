package tern.codegen.machine.code;

import tern.ir.loop.Expr.Compare.Relation;

/// What a jump, a move or a set asks of the flags that a comparison left.
public enum Condition {
    BELOW,
    ABOVE_OR_EQUAL,
    EQUAL,
    NOT_EQUAL,
    BELOW_OR_EQUAL,
    ABOVE,
    LESS,
    GREATER_OR_EQUAL,
    LESS_OR_EQUAL,
    GREATER;

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
        return values()[ordinal() ^ 1];
    }
}
