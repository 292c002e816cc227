package tern.codegen.jvm.source;

/// A parameter or local of a method; each is its own, whatever it is called.
final class Variable {

    final String name;
    final String type;
    /// Whether it got another value than its first.
    boolean changes;

    Variable(String name, String type) {
        this.name = name;
        this.type = type;
    }
}
