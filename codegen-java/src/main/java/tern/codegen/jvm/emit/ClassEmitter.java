package tern.codegen.jvm.emit;

import static org.objectweb.asm.Opcodes.*;

import java.util.List;
import org.objectweb.asm.ClassTooLargeException;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodTooLargeException;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;
import tern.codegen.jvm.C1;
import tern.codegen.jvm.JvmClass;
import tern.codegen.jvm.team.Memory;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.device.CompileException;
import tern.ir.loop.Buf;
import tern.ir.loop.Program;

/// Writes the classes of one program, to be hidden: an [Spmd] whose `run` holds the body, and those of the outlined bodies that it calls.
final class ClassEmitter {

    private static final String TEAM = Type.getDescriptor(Team.class);

    private final Program program;
    private final String name;
    private final ClassWriter writer = new FrameWriter();
    private final Methods methods;

    ClassEmitter(Program program, Machine machine) {
        this.program = program;
        this.name = C1.KERNELS + Methods.identifier(program.name());
        this.methods = Methods.linked(writer, name, machine, program.source(), new ConstantPool());
    }

    /// @throws CompileException if the program asks for what the JVM cannot do, or a method becomes too large
    JvmClass emit() {
        try {
            writer.visit(V25, ACC_FINAL | ACC_SUPER, name, null, "java/lang/Object",
                    new String[] {Type.getInternalName(Spmd.class)});
            writer.visitSource(program.source(), null);
            constructor();
            run();
            methods.finish();
            writer.visitEnd();
            return new JvmClass(program, writer.toByteArray(), methods.pool().bytes(), methods.calls());
        } catch (MethodTooLargeException | ClassTooLargeException | IllegalArgumentException e) {
            throw new CompileException(program.name(), String.valueOf(e.getMessage()), e);
        }
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
        var signature = new Methods.Signature(ACC_PUBLIC, "run", "(II" + TEAM + "[JII)V");
        methods.write(program.name(), signature, 7, emission -> {
            for (Program.Scalar scalar : program.scalars()) {
                int slot = scalar.isPosition() ? 6 : 5;
                emission.frame.bind(scalar.var(), new Home.Local(slot, 0, scalar.values().low() >= 0, null));
            }
            int number = 0;
            for (Buf buffer : program.buffers()) base(emission, buffer, number++);
            base(emission, ConstantPool.BUFFER, number);
            new Statements(emission, methods, new WorkRange.OfTeam(1, 3), List.of()).emit(program.body());
            emission.code.insn(RETURN);
        });
    }

    private static void base(Emission emission, Buf buffer, int number) {
        int slot = emission.frame.allocate(Type.LONG_TYPE, buffer.name());
        Code code = emission.code;
        code.aload(4).iconst(number).insn(LALOAD);                                // address
        if (buffer.scope() == Buf.Scope.CORE)
            code.iload(1).insn(I2L).lconst(Storage.stride(emission.kernel, buffer)).insn(LMUL).insn(LADD); // address
        code.lconst(Memory.MASK).insn(LAND).lstore(slot);                         //
        emission.frame.bind(buffer, slot);
    }
}
