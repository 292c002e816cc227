package tern.codegen.jvm.source;

import java.util.Locale;
import javax.lang.model.SourceVersion;
import org.objectweb.asm.Type;

/// Java's names for the types of descriptors, and names of variables.
final class Names {

    static final String MASK = "VectorMask", SPECIES = "VectorSpecies";

    private Names() {}

    /// Without its package; nested classes by their outer one.
    static String of(Type type) {
        String name = type.getClassName();
        return name.substring(name.lastIndexOf('.') + 1).replace('$', '.');
    }

    /// `VectorMask` or `VectorSpecies` with the type argument that descriptors lack, from one of them or a vector class.
    static String parameterised(String raw, String like) {
        int argument = like.indexOf('<');
        String lanes = argument < 0 ? like.replace("Vector", "").replace("Int", "Integer") : like.substring(argument + 1, like.length() - 1);
        return raw + "<" + lanes + ">";
    }

    /// What a variable of this type is declared as.
    static String declared(String type) {
        return switch (type) {
            case "byte", "short", "char" -> "int";
            case "Vector" -> "Vector<?>";
            default -> type;
        };
    }

    /// A name near the one that is wished for that no keyword, class or constant has.
    static String variable(String wish) {
        String name = wish.replaceAll("[^A-Za-z0-9_]", "");
        if (name.isEmpty() || Character.isDigit(name.charAt(0))) name = "v" + name;
        boolean capital = name.length() > 1 && Character.isUpperCase(name.charAt(0));
        return capital || SourceVersion.isKeyword(name) ? name + "_" : name;
    }

    /// A wish for the name of a variable that nobody named.
    static String usual(String type) {
        if (type.startsWith("Vector")) return type.startsWith(MASK) ? "mask" : type.startsWith(SPECIES) ? "species" : "vector";
        if (type.endsWith("Vector")) return type.replace("Vector", "s").toLowerCase(Locale.ROOT);
        return type.equals("long") ? "address" : "value";
    }
}
