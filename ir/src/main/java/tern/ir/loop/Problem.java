package tern.ir.loop;

/// Something about a program that is wrong or cannot be proved.
///
/// @param statement the first line of the statement, buffer or head that it is about, as printed
/// @param problem   what is wrong with it
public record Problem(String statement, String problem) {

    @Override
    public String toString() {
        return statement + ": " + problem;
    }
}
