package tern.runtime.cli;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.constantpool.ConstantPoolBuilder;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Writes out what a class has the JVM make when it is first used: which case of a switch over types applies, and `toString`, `hashCode` and `equals` of
/// records. HotSpot's archive keeps none of that; a start makes 300 small classes for it. Each becomes a static method of the same class with the same meaning.
final class LinkedClasses {

    private static final String SWITCHES = "SwitchBootstraps", RECORDS = "ObjectMethods";
    private static final ClassDesc BUILDER = ClassDesc.of("java.lang.StringBuilder"), OBJECTS = ClassDesc.of("java.util.Objects");

    private final ClassDesc owner;
    private final boolean isInterface;
    private final List<Consumer<ClassBuilder>> added = new ArrayList<>();

    private LinkedClasses(ClassModel model) {
        owner = model.thisClass().asSymbol();
        isInterface = model.flags().has(AccessFlag.INTERFACE);
    }

    /// The same class, with all such places written out that this knows.
    ///
    /// @param files knows the classes that this one names
    static byte[] of(ClassFile files, byte[] bytes) {
        ClassModel model = files.parse(bytes);
        if (model.methods().stream().noneMatch(LinkedClasses::isLate)) return bytes;
        var classes = new LinkedClasses(model);
        return files.build(model.thisClass(), ConstantPoolBuilder.of(model), builder -> {
            model.forEach(element -> {
                if (element instanceof MethodModel method && isLate(method)) classes.rewrite(builder, method);
                else builder.with(element);
            });
            classes.added.forEach(one -> one.accept(builder));
        });
    }

    private static boolean isLate(MethodModel method) {
        return method.code().stream().flatMap(CodeModel::elementStream).anyMatch(element -> element instanceof InvokeDynamicInstruction late && isKnown(late));
    }

    private static boolean isKnown(InvokeDynamicInstruction late) {
        if (late.bootstrapMethod().owner().displayName().equals(SWITCHES))
            return late.bootstrapMethod().methodName().equals("typeSwitch") && late.bootstrapArgs().stream().allMatch(ClassDesc.class::isInstance)
                    && !late.typeSymbol().parameterType(0).isPrimitive();
        return late.bootstrapMethod().owner().displayName().equals(RECORDS) && !Character.isDigit(simpleName(late).charAt(0));
    }

    private static String simpleName(InvokeDynamicInstruction late) {
        String name = ((ClassDesc) late.bootstrapArgs().getFirst()).displayName();
        return name.substring(name.lastIndexOf('$') + 1);
    }

    private void rewrite(ClassBuilder builder, MethodModel method) {
        builder.transformMethod(method, (methods, part) -> {
            if (!(part instanceof CodeModel code)) methods.with(part);
            else methods.transformCode(code, (to, element) -> {
                if (element instanceof InvokeDynamicInstruction late && isKnown(late)) to.invokestatic(owner, add(late), late.typeSymbol(), isInterface);
                else to.with(element);
            });
        });
    }

    /// @return name of the method that does it
    private String add(InvokeDynamicInstruction late) {
        String name = late.name().stringValue() + "$linked" + added.size();
        List<ConstantDesc> arguments = late.bootstrapArgs();
        Consumer<CodeBuilder> body = switch (late.name().stringValue()) {
            case "toString" -> code -> text(code, simpleName(late), fields(arguments));
            case "hashCode" -> code -> hash(code, fields(arguments));
            case "equals" -> code -> equal(code, fields(arguments));
            default -> code -> choose(code, arguments);
        };
        MethodTypeDesc type = late.typeSymbol();
        added.add(builder -> builder.withMethodBody(name, type, ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC, body));
        return name;
    }

    /// `(selector, first) -> number` of the first case from `first` on that the selector is of, -1 for null, the number of cases for none.
    private static void choose(CodeBuilder code, List<ConstantDesc> cases) {
        code.aload(0).ifThen(Opcode.IFNULL, isNull -> isNull.iconst_m1().ireturn());
        for (int i = 0; i < cases.size(); i++) {
            int number = i;
            var next = code.newLabel();
            code.iload(1).loadConstant(number).if_icmpgt(next);
            code.aload(0).instanceOf((ClassDesc) cases.get(i)).ifeq(next);
            code.loadConstant(number).ireturn().labelBinding(next);
        }
        code.loadConstant(cases.size()).ireturn();
    }

    private record Field(ClassDesc owner, String name, ClassDesc type) {

        void load(CodeBuilder code, int of) {
            code.aload(of).getfield(owner, name, type);
        }

        TypeKind kind() {
            return TypeKind.from(type);
        }

        /// Of the kind's values.
        ClassDesc box() {
            return ClassDesc.of("java.lang." + switch (kind()) {
                case BOOLEAN -> "Boolean";
                case BYTE -> "Byte";
                case CHAR -> "Character";
                case SHORT -> "Short";
                case INT -> "Integer";
                case LONG -> "Long";
                case FLOAT -> "Float";
                case DOUBLE -> "Double";
                case REFERENCE, VOID -> "Object";
            });
        }
    }

    /// After the record and the names stand the handles of its fields.
    private static List<Field> fields(List<ConstantDesc> arguments) {
        List<Field> fields = new ArrayList<>();
        for (ConstantDesc argument : arguments.subList(2, arguments.size())) {
            var getter = (DirectMethodHandleDesc) argument;
            fields.add(new Field(getter.owner(), getter.methodName(), ClassDesc.ofDescriptor(getter.lookupDescriptor())));
        }
        return fields;
    }

    private static void text(CodeBuilder code, String name, List<Field> fields) {
        code.new_(BUILDER).dup().invokespecial(BUILDER, "<init>", MethodTypeDesc.of(CD_void));
        String before = name + "[";
        for (Field field : fields) {
            append(code.loadConstant(before + field.name + "="), CD_String);
            field.load(code, 0);
            append(code, switch (field.kind()) {
                case REFERENCE -> CD_Object;
                case BYTE, SHORT -> CD_int;
                default -> field.type;
            });
            before = ", ";
        }
        append(code.loadConstant(fields.isEmpty() ? before + "]" : "]"), CD_String);
        code.invokevirtual(BUILDER, "toString", MethodTypeDesc.of(CD_String)).areturn();
    }

    private static void append(CodeBuilder code, ClassDesc type) {
        code.invokevirtual(BUILDER, "append", MethodTypeDesc.of(BUILDER, type));
    }

    private static void hash(CodeBuilder code, List<Field> fields) {
        code.iconst_0();
        for (Field field : fields) {
            code.loadConstant(31).imul();
            field.load(code, 0);
            if (field.kind() == TypeKind.REFERENCE) code.invokestatic(OBJECTS, "hashCode", MethodTypeDesc.of(CD_int, CD_Object));
            else code.invokestatic(field.box(), "hashCode", MethodTypeDesc.of(CD_int, field.type));
            code.iadd();
        }
        code.ireturn();
    }

    private void equal(CodeBuilder code, List<Field> fields) {
        var no = code.newLabel();
        code.aload(0).aload(1).if_acmpne(no).iconst_1().ireturn().labelBinding(no);
        var differs = code.newLabel();
        code.aload(1).instanceOf(owner).ifeq(differs).aload(1).checkcast(owner).astore(2);
        for (Field field : fields) {
            field.load(code, 0);
            field.load(code, 2);
            if (field.kind() == TypeKind.REFERENCE)
                code.invokestatic(OBJECTS, "equals", MethodTypeDesc.of(CD_boolean, CD_Object, CD_Object)).ifeq(differs);
            else code.invokestatic(field.box(), "compare", MethodTypeDesc.of(CD_int, field.type, field.type)).ifne(differs);
        }
        code.iconst_1().ireturn().labelBinding(differs).iconst_0().ireturn();
    }
}
