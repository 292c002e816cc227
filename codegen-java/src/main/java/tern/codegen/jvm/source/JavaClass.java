package tern.codegen.jvm.source;

import static org.objectweb.asm.Opcodes.ASM9;

import com.palantir.javapoet.MethodSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;

/// Reads the methods of a class as Java source while they are emitted: whoever writes bytecode to a [ClassVisitor] writes source to this one.
/// They become private and static.
public final class JavaClass extends ClassVisitor {

    private final String name;
    private final List<@Nullable MethodSpec> methods = new ArrayList<>();

    /// @param name internal name of the class
    public JavaClass(String name) {
        super(ASM9);
        this.name = name;
    }

    /// What was read, in the order in which the methods began.
    public List<MethodSpec> methods() {
        return methods.stream().filter(Objects::nonNull).toList();
    }

    @Override
    public MethodVisitor visitMethod(int access, String method, String descriptor, String signature, String[] exceptions) {
        int place = methods.size();
        Type types = Type.getMethodType(descriptor);
        // A method is written where it began; those that it calls are written while it is open.
        methods.add(null);
        return new JavaMethod(name, types, read -> {
            MethodSpec.Builder builder = MethodSpec.methodBuilder(method)
                    .addModifiers(Modifier.PRIVATE, Modifier.STATIC)
                    .returns(JavaText.type(Names.of(types.getReturnType())))
                    .addCode(JavaText.code(read.body()));
            for (Variable parameter : read.parameters()) builder.addParameter(JavaText.type(parameter.type), parameter.name);
            if (!read.purpose().isEmpty()) builder.addJavadoc("$L", JavaText.wrapped(read.purpose()));
            methods.set(place, builder.build());
        });
    }
}
