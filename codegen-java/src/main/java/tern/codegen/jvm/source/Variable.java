package tern.codegen.jvm.source;

import com.palantir.javapoet.TypeName;

/// A parameter or local of a method; each is its own, whatever it is called.
final class Variable {

    final String name;
    final TypeName type;

    Variable(String name, TypeName type) {
        this.name = name;
        this.type = type;
    }
}
