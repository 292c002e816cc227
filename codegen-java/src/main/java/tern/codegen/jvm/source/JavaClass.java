package tern.codegen.jvm.source;

import static org.objectweb.asm.Opcodes.ASM9;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.FieldSpec;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.TypeSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/// Reads a class as Java source while it is emitted: whoever writes bytecode to a [ClassVisitor] writes source to this one.
public final class JavaClass extends ClassVisitor {

    private final ClassName name;
    private final TypeSpec.Builder type;
    private final Map<String, FieldSpec.Builder> fields = new LinkedHashMap<>();
    private final List<@Nullable MethodSpec> methods = new ArrayList<>();

    public JavaClass(ClassName name) {
        super(ASM9);
        this.name = name;
        this.type = TypeSpec.classBuilder(name);
    }

    /// What was read, open for more.
    public TypeSpec.Builder type() {
        return type;
    }

    @Override
    public void visit(int version, int access, String internal, String signature, String superName, String[] interfaces) {
        type.addModifiers(modifiers(access & ~Opcodes.ACC_SUPER));
    }

    private static Modifier[] modifiers(int access) {
        var modifiers = new ArrayList<Modifier>();
        if ((access & Opcodes.ACC_PUBLIC) != 0) modifiers.add(Modifier.PUBLIC);
        if ((access & Opcodes.ACC_PRIVATE) != 0) modifiers.add(Modifier.PRIVATE);
        if ((access & Opcodes.ACC_STATIC) != 0) modifiers.add(Modifier.STATIC);
        if ((access & Opcodes.ACC_FINAL) != 0) modifiers.add(Modifier.FINAL);
        return modifiers.toArray(Modifier[]::new);
    }

    @Override
    public FieldVisitor visitField(int access, String field, String descriptor, String signature, Object value) {
        FieldSpec.Builder builder = FieldSpec.builder(Names.any(Type.getType(descriptor)), field, modifiers(access));
        if (value instanceof Integer number) builder.initializer(Term.number(number).code());
        if (value instanceof Long number) builder.initializer(Term.number(number).code());
        fields.put(field, builder);
        return new FieldVisitor(ASM9) {};
    }

    @Override
    public MethodVisitor visitMethod(int access, String method, String descriptor, String signature, String[] exceptions) {
        if (method.equals("<init>")) {
            methods.add(MethodSpec.constructorBuilder().addModifiers(modifiers(access)).build());
            return new MethodVisitor(ASM9) {};
        }
        int place = methods.size();
        Type types = Type.getMethodType(descriptor);
        // A method stands where it began; those that it calls are written while it is open.
        methods.add(null);
        return new JavaMethod(internal(), types, read -> {
            if (method.equals("<clinit>")) initialise(read.steps());
            else methods.set(place, declaration(read, method, types, modifiers(access)));
        });
    }

    private String internal() {
        return name.reflectionName().replace('.', '/');
    }

    private static MethodSpec declaration(JavaMethod read, String name, Type types, Modifier[] modifiers) {
        MethodSpec.Builder builder = MethodSpec.methodBuilder(name)
                .addModifiers(modifiers)
                .returns(Names.any(types.getReturnType()))
                .addCode(StepPrinter.print(read.steps()));
        for (Variable parameter : read.parameters()) builder.addParameter(parameter.type, parameter.name);
        if (!read.purpose().isEmpty()) builder.addJavadoc("$L\n", read.purpose());
        return builder.build();
    }

    private void initialise(List<Step> steps) {
        for (Step step : steps) {
            if (!(step instanceof Step.SetField(String field, Term value))) throw new IllegalStateException("no initialiser: " + step);
            FieldSpec.Builder builder = fields.get(field);
            if (builder == null) throw new IllegalStateException("no field " + field);
            builder.initializer(value.code());
        }
    }

    @Override
    public void visitEnd() {
        fields.values().forEach(field -> type.addField(field.build()));
        List<MethodSpec> all = methods.stream().filter(Objects::nonNull).toList();
        // What a reader may call comes first.
        for (boolean open : new boolean[] {true, false})
            for (MethodSpec one : all) if (one.modifiers().contains(Modifier.PUBLIC) == open) type.addMethod(one);
    }
}
