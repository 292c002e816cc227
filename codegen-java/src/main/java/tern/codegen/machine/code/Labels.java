package tern.codegen.machine.code;

/// What labels are called in a text.
///
/// @param prefix   of all of them
/// @param code     number of the code's first one
/// @param constant number of the first constant
public record Labels(String prefix, int code, int constant) {
    public static final Labels PLAIN = new Labels("", 0, 0);

    public String code(int number) {
        return prefix + "L" + (code + number);
    }

    public String constant(int number) {
        return prefix + "C" + (constant + number);
    }
}
