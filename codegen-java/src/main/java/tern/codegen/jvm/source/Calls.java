package tern.codegen.jvm.source;

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
    /// @param owner    empty for a method of the class itself
    static Term of(@Nullable Term receiver, String owner, String name, Type descriptor, List<Term> arguments) {
        var operands = new ArrayList<Term>();
        var texts = new ArrayList<String>();
        for (int i = 0; i < arguments.size(); i++) {
            operands.add(passed(arguments.get(i), descriptor.getArgumentTypes()[i], owner.isEmpty()));
            texts.add(operands.get(i).text());
        }
        String before = receiver != null ? receiver.in(Term.PRIMARY) + "." : owner.isEmpty() ? "" : owner + ".";
        String type = Names.of(descriptor.getReturnType());
        if (receiver != null) {
            operands.add(receiver);
            if (type.equals(Names.MASK)) type = Names.parameterised(type, name.equals("cast") ? arguments.getFirst().type() : receiver.type());
        }
        Term call = Term.of(before + name + "(" + String.join(", ", texts) + ")", Term.PRIMARY, type, operands.toArray(Term[]::new));
        return READERS.contains(name) ? call.readingMemory() : call;
    }

    /// @param own whether the method is one of the class, so that no overloading makes a difference
    private static Term passed(Term argument, Type parameter, boolean own) {
        return switch (parameter.getSort()) {
            case Type.BYTE, Type.SHORT -> argument.cast(Names.of(parameter));
            case Type.BOOLEAN -> truth(argument);
            case Type.LONG -> own && argument.narrow() != null ? argument.narrow() : argument;
            default -> argument;
        };
    }

    /// An int as a boolean.
    private static Term truth(Term number) {
        if (number.type().equals("boolean")) return number;
        if (number.constant() != null) return Term.of("" + (number.constant().intValue() != 0), Term.PRIMARY, "boolean");
        return Term.infix(number, "!=", Term.number(0), Term.EQUAL, "boolean");
    }
}
