package tern.codegen.jvm.source;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.TypeName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Type;

/// Method calls as Java writes them, from descriptors: arguments get the conversions that the JVM does not ask for, results the type
/// arguments that descriptors lack.
final class Calls {

    private static final Set<String> READERS = Set.of("fromMemorySegment", "get");

    private Calls() {}

    /// @param receiver null for a static method
    /// @param owner    null for a method of the class itself
    static Term of(@Nullable Term receiver, @Nullable ClassName owner, String name, Type descriptor, List<Term> arguments) {
        Type[] parameters = descriptor.getArgumentTypes();
        var passed = new ArrayList<Term>();
        for (int i = 0; i < parameters.length; i++) passed.add(passed(arguments.get(i), parameters[i], owner == null));
        CodeBlock list = passed.stream().map(Term::code).collect(CodeBlock.joining(", "));
        CodeBlock code = receiver != null
                ? CodeBlock.of("$L." + name + "($L)", receiver.in(Term.Binding.PRIMARY), list)
                : owner != null ? CodeBlock.of("$T." + name + "($L)", owner, list) : CodeBlock.of(name + "($L)", list);
        int width = name.length() + 2;
        if (receiver != null) width += receiver.width() + 1;
        else if (owner != null) width += owner.simpleName().length() + 1;
        for (Term one : passed) width += one.width() + 2;
        var operands = new ArrayList<>(passed);
        if (receiver != null) operands.add(receiver);
        TypeName type = result(receiver, name, descriptor.getReturnType(), arguments);
        Term call = Term.composed(code, width, Term.Binding.PRIMARY, type, operands);
        return READERS.contains(name) ? call.readingMemory() : call;
    }

    /// @param own whether the method is one of the class, so that no overloading makes a difference
    private static Term passed(Term argument, Type parameter, boolean own) {
        return switch (parameter.getSort()) {
            case Type.BYTE, Type.SHORT ->
                argument.type().equals(Names.any(parameter)) ? argument : argument.cast(Names.any(parameter));
            case Type.BOOLEAN -> truth(argument);
            case Type.LONG -> own && argument.narrow() != null ? argument.narrow() : argument;
            default -> argument;
        };
    }

    /// An int as a boolean.
    static Term truth(Term number) {
        if (number.type().equals(TypeName.BOOLEAN)) return number;
        if (number.constant() != null)
            return Term.of(CodeBlock.of("$L", number.constant().intValue() != 0), 5, TypeName.BOOLEAN);
        return Term.infix(number, "!=", Term.number(0), Term.Binding.EQUAL, TypeName.BOOLEAN);
    }

    private static TypeName result(@Nullable Term receiver, String name, Type type, List<Term> arguments) {
        TypeName result = Names.any(type);
        if (!result.equals(Names.MASK) || receiver == null) return result;
        return Names.parameterised(Names.MASK, name.equals("cast") ? arguments.getFirst().type() : receiver.type());
    }
}
