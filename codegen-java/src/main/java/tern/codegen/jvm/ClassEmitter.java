package tern.codegen.jvm;

import static org.objectweb.asm.Opcodes.*;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassTooLargeException;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodTooLargeException;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;
import tern.codegen.jvm.team.Memory;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.device.CompileException;
import tern.ir.loop.Buf;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Program;
import tern.ir.loop.Var;

/// Writes the classes of one program: an [Spmd] whose `run` holds the body, and for each [Loop.Outline] a class with one
/// static method, which is called through a handle that the [Linker] supplies. An outlined body that shares out work stays a
/// static method of its caller's class.
final class ClassEmitter {

    /// HotSpot compiles no method from here on (HugeMethodLimit).
    static final int LARGEST_METHOD = 8000;

    private static final String TEAM = Type.getDescriptor(Team.class);

    private final Program program;
    private final Machine machine;
    private final String name;
    private final ConstantPool pool;
    private final ClassWriter writer = new Writer();
    /// Methods of this class.
    private final IdentityHashMap<Loop.Outline, String> methods = new IdentityHashMap<>();
    private final Map<String, Integer> names = new HashMap<>();
    /// Numbers in `calls`.
    private final IdentityHashMap<Loop.Outline, Integer> numbers = new IdentityHashMap<>();
    private final List<JvmClass.Outlined> calls = new ArrayList<>();

    ClassEmitter(Program program, Machine machine) {
        this(program, machine, new ConstantPool(), program.name());
    }

    private ClassEmitter(Program program, Machine machine, ConstantPool pool, String name) {
        this.program = program;
        this.machine = machine;
        this.pool = pool;
        this.name = ClassEmitter.class.getPackageName().replace('.', '/') + "/" + C1.KERNELS + identifier(name);
    }

    /// Frames are computed without loading classes: where two kinds of vector meet in a local, nobody reads it.
    private static final class Writer extends ClassWriter {
        Writer() {
            super(COMPUTE_FRAMES | COMPUTE_MAXS);
        }

        @Override
        protected String getCommonSuperClass(String a, String b) {
            return "java/lang/Object";
        }
    }

    private static String identifier(String text) {
        return text.replaceAll("[^A-Za-z0-9_]", "_");
    }

    /// @throws CompileException if the program asks for what the JVM cannot do, or a method becomes too large
    JvmClass emit() {
        try {
            begin(Type.getInternalName(Spmd.class));
            constructor();
            run();
            writer.visitEnd();
            return new JvmClass(program, writer.toByteArray(), pool.bytes(), calls);
        } catch (MethodTooLargeException | ClassTooLargeException | IllegalArgumentException e) {
            throw new CompileException(program.name(), String.valueOf(e.getMessage()), e);
        }
    }

    private void begin(String... interfaces) {
        writer.visit(V25, ACC_FINAL | ACC_SUPER, name, null, "java/lang/Object", interfaces);
        writer.visitSource(program.source(), null);
    }

    private void constructor() {
        MethodVisitor mv = writer.visitMethod(0, "<init>", "()V", null, null);
        mv.visitCode();
        mv.visitVarInsn(ALOAD, 0);
        mv.visitMethodInsn(INVOKESPECIAL, "java/lang/Object", "<init>", "()V", false);
        mv.visitInsn(RETURN);
        mv.visitMaxs(0, 0);
        mv.visitEnd();
    }

    /// `public void run(int worker, int workers, Team team, long[] addresses, int n, int position)`
    private void run() {
        Frame frame = new Frame(7);
        method(ACC_PUBLIC, "run", "(II" + TEAM + "[JII)V", frame, emission -> {
            for (Program.Scalar scalar : program.scalars()) {
                int slot = switch (scalar.var().name()) {
                    case "n" -> 5;
                    case "position" -> 6;
                    default -> throw emission.refuse("a launch passes n and position, not " + scalar.var());
                };
                frame.bind(scalar.var(), new Home.Local(slot, 0, scalar.values().low() >= 0, null));
            }
            int number = 0;
            for (Buf buffer : program.buffers()) base(emission, buffer, number++);
            base(emission, ConstantPool.BUFFER, number);
            new Statements(emission, this, new Statements.TeamSlots(1, 2, 3), List.of()).emit(program.body());
        });
    }

    private static void base(Emission emission, Buf buffer, int number) {
        int slot = emission.frame.allocate(Type.LONG_TYPE);
        Code code = emission.code;
        code.aload(4).iconst(number).insn(LALOAD);                                // address
        if (buffer.scope() == Buf.Scope.CORE)
            code.iload(1).insn(I2L).lconst(Storage.stride(emission.kernel, buffer)).insn(LMUL).insn(LADD); // address
        code.lconst(Memory.MASK).insn(LAND).lstore(slot);                         //
        emission.frame.bind(buffer, slot);
    }

    /// Calls the method of an outlined body, which is written at the first call.
    void outline(Loop.Outline outline, Emission caller, Statements.@Nullable TeamSlots team, List<Binding> around) {
        Uses uses = Uses.of(outline);
        List<Buf> buffers = new ArrayList<>(uses.buffers());
        buffers.add(ConstantPool.BUFFER);
        boolean withTeam = uses.team() && team != null;
        StringBuilder descriptor = new StringBuilder("(");
        if (withTeam && team != null) {
            caller.code.iload(team.worker()).iload(team.workers()).aload(team.team());
            descriptor.append("II").append(TEAM);
        }
        for (Buf buffer : buffers) {
            caller.code.lload(caller.frame.base(buffer));
            descriptor.append('J');
        }
        for (Var var : uses.variables()) {
            if (!var.type().isScalar()) throw caller.refuse("the vector " + var + " flows into " + outline.name());
            caller.scalars.emit(tern.ir.loop.Expr.ref(var));
            descriptor.append(Lane.of(var.type().element()).local());
        }
        descriptor.append(")V");
        if (withTeam) {
            String method = methods.get(outline);
            if (method == null) {
                method = unique(identifier(outline.name()));
                methods.put(outline, method);
                define(method, descriptor.toString(), outline, uses, buffers, true, caller, around);
            }
            caller.code.invokeown(name, method, descriptor.toString());
        } else {
            Integer number = numbers.get(outline);
            if (number == null) {
                number = calls.size();
                numbers.put(outline, number);
                calls.add(outlined(descriptor.toString(), outline, uses, buffers, caller, around));
            }
            caller.code.invokeoutlined(identifier(outline.name()), descriptor.toString(), number);
        }
    }

    /// A class of its own, whose bytes say nothing of the program around it: the same body in another program gives the same class.
    private JvmClass.Outlined outlined(String descriptor, Loop.Outline outline, Uses uses, List<Buf> buffers, Emission caller,
            List<Binding> around) {
        var body = new ClassEmitter(program, machine, pool, outline.name());
        String method = identifier(outline.name());
        body.begin();
        body.define(method, descriptor, outline, uses, buffers, false, caller, around);
        body.writer.visitEnd();
        return new JvmClass.Outlined(method, descriptor, body.writer.toByteArray(), pool.bytes(), body.calls);
    }

    private String unique(String wish) {
        int count = names.merge(wish, 1, Integer::sum);
        return count == 1 && !wish.equals("run") ? wish : wish + "_" + count;
    }

    private void define(String method, String descriptor, Loop.Outline outline, Uses uses, List<Buf> buffers,
            boolean withTeam, Emission caller, List<Binding> around) {
        Frame frame = new Frame(withTeam ? 3 : 0);
        for (Buf buffer : buffers) frame.bind(buffer, frame.allocate(Type.LONG_TYPE));
        for (Var var : uses.variables()) {
            boolean nonNegative = var.type().equals(tern.ir.loop.Type.I32)
                    && caller.signs.nonNegative(tern.ir.loop.Expr.ref(var));
            int slot = frame.allocate(Lane.of(var.type().element()).local());
            frame.bind(var, new Home.Local(slot, 0, nonNegative, null));
        }
        method(ACC_STATIC, method, descriptor, frame, emission -> {
            for (Buf buffer : buffers) {
                int slot = frame.base(buffer);
                emission.code.lload(slot).lconst(Memory.MASK).insn(LAND).lstore(slot);
            }
            var team = withTeam ? new Statements.TeamSlots(0, 1, 2) : null;
            new Statements(emission, this, team, around).emit(outline.body());
        });
    }

    private interface Body {
        void emit(Emission emission);
    }

    private void method(int access, String method, String descriptor, Frame frame, Body body) {
        MethodVisitor mv = writer.visitMethod(access, method, descriptor, null, null);
        mv.visitCode();
        body.emit(new Emission(program.name(), machine, new Code(mv), frame, pool));
        mv.visitInsn(RETURN);
        Label end = new Label();
        mv.visitLabel(end);
        mv.visitMaxs(0, 0);
        mv.visitEnd();
        if (end.getOffset() >= LARGEST_METHOD)
            throw new CompileException(program.name(), "method " + method + " has " + end.getOffset()
                    + " bytes of bytecode, and HotSpot compiles none of " + LARGEST_METHOD + " or more");
    }
}
