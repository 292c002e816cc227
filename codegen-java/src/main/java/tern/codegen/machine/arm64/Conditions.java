package tern.codegen.machine.arm64;

import tern.codegen.machine.code.Condition;

/// Conditions as AArch64 writes them.
public final class Conditions {

    private static final String[] NAMES = {"eq", "ne", "hs", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le"};

    private Conditions() {}

    public static int number(Condition condition) {
        return switch (condition) {
            case EQUAL -> 0;
            case NOT_EQUAL -> 1;
            case ABOVE_OR_EQUAL -> 2;
            case BELOW -> 3;
            case ABOVE -> 8;
            case BELOW_OR_EQUAL -> 9;
            case GREATER_OR_EQUAL -> 10;
            case LESS -> 11;
            case GREATER -> 12;
            case LESS_OR_EQUAL -> 13;
        };
    }

    static String name(int number) {
        return NAMES[number];
    }
}
