package tern.ir.loop;

/// A named value of a program: bound once by [Loop.Let], or mutable, bound by [Loop.Let] and changed by [Loop.Set].
/// Names are unique in a program.
public record Var(String name, Type type, boolean mutable) {

    public static Var value(String name, Type type) {
        return new Var(name, type, false);
    }

    public static Var mutable(String name, Type type) {
        return new Var(name, type, true);
    }

    /// Names distinguish variables.
    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }
}
