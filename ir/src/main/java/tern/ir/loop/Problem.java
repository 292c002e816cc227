package tern.ir.loop;

/// Something about a program that is wrong or cannot be proved.
///
/// @param line      of the program's source text that it comes from; 0 if it does not say
/// @param statement the first line of the statement, buffer or head that it is about, as printed
/// @param problem   what is wrong with it
public record Problem(int line, String statement, String problem) {

    @Override
    public String toString() {
        return (line == 0 ? "" : "line " + line + ": ") + statement + ": " + problem;
    }
}
