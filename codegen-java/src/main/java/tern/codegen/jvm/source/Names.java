package tern.codegen.jvm.source;

import com.palantir.javapoet.ArrayTypeName;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.ParameterizedTypeName;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.WildcardTypeName;
import java.util.List;
import java.util.Locale;
import javax.lang.model.SourceVersion;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.objectweb.asm.Type;

/// Java's names for the types of descriptors. The Vector API's masks and species get back the type argument that descriptors lack.
final class Names {

    static final ClassName MASK = ClassName.get(VectorMask.class);
    static final ClassName SPECIES = ClassName.get(VectorSpecies.class);
    static final ClassName VECTOR = ClassName.get(Vector.class);
    static final ClassName OPERATORS = ClassName.get(VectorOperators.class);

    private static final String VECTORS = "jdk.incubator.vector";

    private Names() {}

    static TypeName any(Type type) {
        return switch (type.getSort()) {
            case Type.VOID -> TypeName.VOID;
            case Type.BOOLEAN -> TypeName.BOOLEAN;
            case Type.CHAR -> TypeName.CHAR;
            case Type.BYTE -> TypeName.BYTE;
            case Type.SHORT -> TypeName.SHORT;
            case Type.INT -> TypeName.INT;
            case Type.LONG -> TypeName.LONG;
            case Type.FLOAT -> TypeName.FLOAT;
            case Type.DOUBLE -> TypeName.DOUBLE;
            case Type.ARRAY -> ArrayTypeName.of(any(type.getElementType()));
            default -> of(type);
        };
    }

    /// Of a class, nested ones by their outer one.
    static ClassName of(Type type) {
        String name = type.getClassName();
        int dot = name.lastIndexOf('.');
        List<String> simple = List.of(name.substring(dot + 1).split("\\$"));
        return ClassName.get(name.substring(0, Math.max(0, dot)), simple.getFirst(),
                simple.subList(1, simple.size()).toArray(String[]::new));
    }

    /// `VectorMask` or `VectorSpecies` of what `like` has lanes of: one of them, or a vector class.
    static TypeName parameterised(ClassName raw, TypeName like) {
        return ParameterizedTypeName.get(raw, element(like));
    }

    private static TypeName element(TypeName type) {
        if (type instanceof ParameterizedTypeName generic) return generic.typeArguments().getFirst();
        if (type instanceof ClassName name && name.packageName().equals(VECTORS))
            return switch (name.simpleName()) {
                case "ByteVector" -> TypeName.BYTE.box();
                case "ShortVector" -> TypeName.SHORT.box();
                case "IntVector" -> TypeName.INT.box();
                case "LongVector" -> TypeName.LONG.box();
                case "FloatVector" -> TypeName.FLOAT.box();
                default -> throw new IllegalArgumentException("lanes of " + type);
            };
        throw new IllegalArgumentException("lanes of " + type);
    }

    /// What a variable of this type is declared as.
    static TypeName declared(TypeName type) {
        if (type.equals(TypeName.BYTE) || type.equals(TypeName.SHORT) || type.equals(TypeName.CHAR)) return TypeName.INT;
        return type.equals(VECTOR) ? ParameterizedTypeName.get(VECTOR, WildcardTypeName.subtypeOf(Object.class)) : type;
    }

    /// A name near the one that is wished for that no keyword, class or constant has.
    static String variable(String wish) {
        String name = wish.replaceAll("[^A-Za-z0-9_]", "");
        if (name.isEmpty() || Character.isDigit(name.charAt(0))) name = "v" + name;
        boolean capital = name.length() > 1 && Character.isUpperCase(name.charAt(0));
        return capital || SourceVersion.isKeyword(name) ? name + "_" : name;
    }

    /// A wish for the name of a variable that nobody named.
    static String usual(TypeName type) {
        if (type.equals(TypeName.LONG)) return "address";
        if (type.isPrimitive()) return "value";
        if (type instanceof ParameterizedTypeName generic) return generic.rawType().equals(MASK) ? "mask" : "species";
        if (type instanceof ClassName name && name.packageName().equals(VECTORS) && name.simpleName().endsWith("Vector")) {
            String lanes = name.simpleName().replace("Vector", "").toLowerCase(Locale.ROOT);
            return lanes.isEmpty() ? "vector" : lanes + "s";
        }
        return "value";
    }
}
