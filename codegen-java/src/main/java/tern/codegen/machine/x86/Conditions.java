package tern.codegen.machine.x86;

import tern.codegen.machine.code.Condition;

/// Conditions as x86-64 writes them.
public final class Conditions {

    private Conditions() {}

    /// As in the encoding.
    static int number(Condition condition) {
        return switch (condition) {
            case BELOW -> 2;
            case ABOVE_OR_EQUAL -> 3;
            case EQUAL -> 4;
            case NOT_EQUAL -> 5;
            case BELOW_OR_EQUAL -> 6;
            case ABOVE -> 7;
            case LESS -> 12;
            case GREATER_OR_EQUAL -> 13;
            case LESS_OR_EQUAL -> 14;
            case GREATER -> 15;
        };
    }

    static String suffix(Condition condition) {
        return switch (condition) {
            case BELOW -> "b";
            case ABOVE_OR_EQUAL -> "ae";
            case EQUAL -> "e";
            case NOT_EQUAL -> "ne";
            case BELOW_OR_EQUAL -> "be";
            case ABOVE -> "a";
            case LESS -> "l";
            case GREATER_OR_EQUAL -> "ge";
            case LESS_OR_EQUAL -> "le";
            case GREATER -> "g";
        };
    }

    /// Moves if the condition holds.
    public static Opcode move(Condition condition) {
        return Opcode.integer("cmov" + suffix(condition), 0, 1, true, 0x40 | number(condition), -1, Form.R_M, "mq rq");
    }

    /// 1 if the condition holds, else 0, in the low byte.
    public static Opcode set(Condition condition) {
        return Opcode.integer("set" + suffix(condition), 0, 1, false, 0x90 | number(condition), 0, Form.M, "wb");
    }
}
