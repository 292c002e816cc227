package tern.codegen.jvm.emit;

import static org.objectweb.asm.Opcodes.*;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;
import tern.codegen.jvm.C1;
import tern.codegen.jvm.JvmClass;
import tern.codegen.jvm.team.Memory;
import tern.codegen.jvm.team.Team;
import tern.ir.device.CompileException;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Var;

/// The methods of a class being written, whoever the class is for: a bytecode writer, or one that reads instructions as source.
/// Each [Loop.Outline] becomes a static method of its own, and so does each [Routine] that is called.
///
/// Where classes are linked, an outlined body is written to a class of its own, which is called through a handle that the [tern.codegen.jvm.Linker]
/// supplies; one that shares out work stays with its caller.
public final class Methods {

    /// HotSpot compiles no method from here on (HugeMethodLimit).
    static final int LARGEST_METHOD = 8000;

    private final ClassVisitor visitor;
    private final String owner;
    private final Machine machine;
    private final Statics statics;
    private final ConstantPool pool;
    private final @Nullable Linked linked;
    private final IdentityHashMap<Loop.Outline, String> outlines = new IdentityHashMap<>();
    private final Map<String, Integer> names = new HashMap<>();
    private final Set<Routine> routines = EnumSet.noneOf(Routine.class);

    /// Outlined bodies in classes of their own.
    ///
    /// @param source  file that the classes name
    /// @param numbers of the bodies in `calls`
    private record Linked(String source, IdentityHashMap<Loop.Outline, Integer> numbers, List<JvmClass.Outlined> calls) {}

    /// Of a class that needs no other.
    ///
    /// @param owner internal name of the class
    public Methods(ClassVisitor visitor, String owner, Machine machine, Statics statics) {
        this(visitor, owner, machine, statics, new ConstantPool(), null);
    }

    /// Of a class that the [tern.codegen.jvm.Linker] will connect with others.
    ///
    /// @param owner  internal name of the class
    /// @param source file that the classes name
    /// @param pool   constants of all these classes
    static Methods linked(ClassVisitor visitor, String owner, Machine machine, String source, ConstantPool pool) {
        var linked = new Linked(source, new IdentityHashMap<>(), new ArrayList<>());
        return new Methods(visitor, owner, machine, Statics.OF_TERN, pool, linked);
    }

    private Methods(
            ClassVisitor visitor, String owner, Machine machine, Statics statics, ConstantPool pool, @Nullable Linked linked) {
        this.visitor = visitor;
        this.owner = owner;
        this.machine = machine;
        this.statics = statics;
        this.pool = pool;
        this.linked = linked;
    }

    public record Signature(int access, String method, String descriptor) {}

    Machine machine() {
        return machine;
    }

    /// .. -> .. address at which a buffer begins
    void base(Buf buffer, Emission caller) {
        String field = statics.address(buffer);
        if (field != null) caller.code.getown(statics.owner(), field, "J");                 // address
        else caller.code.lload(caller.frame.base(buffer));                        // address
    }

    /// Constants of all methods.
    public ConstantPool pool() {
        return pool;
    }

    /// The outlined bodies that the class calls, by number.
    List<JvmClass.Outlined> calls() {
        return linked == null ? List.of() : linked.calls;
    }

    public static String identifier(String text) {
        return text.replaceAll("[^A-Za-z0-9_]", "_");
    }

    /// Takes a name that no method written later will have.
    public String unique(String wish) {
        int count = names.merge(wish, 1, Integer::sum);
        return count == 1 && !wish.equals("run") ? wish : wish + "_" + count;
    }

    /// @param kernel to name in refusals
    /// @param used   locals that the signature takes
    /// @param body   writes everything up to the last return
    /// @throws CompileException if the method becomes too large
    public void write(String kernel, Signature signature, int used, Consumer<Emission> body) {
        MethodVisitor mv = visitor.visitMethod(signature.access, signature.method, signature.descriptor, null, null);
        mv.visitCode();
        Remarks remarks = mv instanceof Remarks reader ? reader : Remarks.NONE;
        body.accept(new Emission(kernel, this, new Code(mv, statics), new Frame(used, remarks), remarks));
        Label end = new Label();
        mv.visitLabel(end);
        mv.visitMaxs(0, 0);
        mv.visitEnd();
        if (!(mv instanceof Remarks) && end.getOffset() >= LARGEST_METHOD)
            throw new CompileException(kernel, "method " + signature.method + " has " + end.getOffset()
                    + " bytes of bytecode, and HotSpot compiles none of " + LARGEST_METHOD + " or more");
    }

    /// Calls a routine; its arguments lie on the stack.
    void call(Routine routine, Code code) {
        routines.add(routine);
        code.invokeown(owner, routine.method(), routine.descriptor());
    }

    /// Writes the routines that were called.
    public void finish() {
        for (Routine routine : routines) {
            var signature = new Signature(ACC_PRIVATE | ACC_STATIC, routine.method(), routine.descriptor());
            int used = Type.getArgumentsAndReturnSizes(routine.descriptor()) >> 2;
            write(routine.method(), signature, used, emission -> {
                emission.remarks.parameter(0, routine.parameter());
                routine.write(emission.code);
            });
        }
    }

    // Outlined loop bodies

    /// Calls the method of an outlined body, which is written at the first call.
    ///
    /// @param around loops around the call
    void outline(Loop.Outline outline, Emission caller, @Nullable WorkRange share, List<Binding> around) {
        Uses uses = Uses.in(outline);
        List<Buf> buffers = new ArrayList<>(uses.buffers());
        buffers.add(ConstantPool.BUFFER);
        buffers.removeIf(buffer -> statics.address(buffer) != null);
        WorkRange.OfTeam team = uses.team() && share != null ? teamOf(outline, caller, share) : null;
        StringBuilder descriptor = new StringBuilder("(");
        if (team != null) {
            caller.code.iload(team.worker()).aload(team.team());
            descriptor.append('I').append(Type.getDescriptor(Team.class));
        }
        for (Buf buffer : buffers) {
            caller.code.lload(caller.frame.base(buffer));
            descriptor.append('J');
        }
        for (Var var : uses.variables()) {
            if (!var.type().isScalar()) throw caller.refuse("the vector " + var + " flows into " + outline.name());
            caller.scalars.emit(Expr.ref(var));
            descriptor.append(Lane.of(var.type().element()).local());
        }
        descriptor.append(")V");
        if (linked != null && team == null) {
            Integer number = linked.numbers.get(outline);
            if (number == null) {
                number = linked.calls.size();
                linked.numbers.put(outline, number);
                linked.calls.add(outlined(linked.source, descriptor.toString(), outline, uses, buffers, caller, around));
            }
            caller.code.invokeoutlined(identifier(outline.name()), descriptor.toString(), number);
            return;
        }
        String method = outlines.get(outline);
        if (method == null) {
            method = unique(identifier(outline.name()));
            outlines.put(outline, method);
            var signature = new Signature(ACC_PRIVATE | ACC_STATIC, method, descriptor.toString());
            define(signature, outline, uses, buffers, team != null, caller, around);
        }
        caller.code.invokeown(owner, method, descriptor.toString());
    }

    /// A class whose bytes say nothing of the program around it: the same body in another program gives the same class.
    private JvmClass.Outlined outlined(String source, String descriptor, Loop.Outline outline, Uses uses, List<Buf> buffers,
            Emission caller, List<Binding> around) {
        String method = identifier(outline.name());
        String name = C1.KERNELS + method;
        ClassWriter writer = new FrameWriter();
        writer.visit(V25, ACC_FINAL | ACC_SUPER, name, null, "java/lang/Object", null);
        writer.visitSource(source, null);
        Methods body = linked(writer, name, machine, source, pool);
        body.define(new Signature(ACC_STATIC, method, descriptor), outline, uses, buffers, false, caller, around);
        body.finish();
        writer.visitEnd();
        return new JvmClass.Outlined(method, descriptor, writer.toByteArray(), pool.bytes(), body.calls());
    }

    private static WorkRange.OfTeam teamOf(Loop.Outline outline, Emission caller, WorkRange share) {
        return switch (share) {
            case WorkRange.OfTeam team -> team;
            case WorkRange.OfBlocks _ -> throw caller.refuse("outlined " + outline.name() + " shares out work, and no team runs it");
        };
    }

    private void define(Signature signature, Loop.Outline outline, Uses uses, List<Buf> buffers, boolean withTeam,
            Emission caller, List<Binding> around) {
        write(caller.kernel, signature, withTeam ? 2 : 0, emission -> {
            Frame frame = emission.frame;
            emission.remarks.describe("The body `" + outline.name() + "`, by itself so that HotSpot compiles it well.");
            for (Buf buffer : buffers) frame.bind(buffer, frame.parameter(Type.LONG_TYPE, buffer.name()));
            for (Var var : uses.variables()) {
                boolean nonNegative = var.type().equals(tern.ir.loop.Type.I32) && caller.signs.nonNegative(Expr.ref(var));
                int slot = frame.parameter(Lane.of(var.type().element()).local(), var.name());
                frame.bind(var, new Home.Local(slot, 0, nonNegative, null));
            }
            for (Buf buffer : buffers) {
                int slot = frame.base(buffer);
                emission.code.lload(slot).lconst(Memory.MASK).insn(LAND).lstore(slot);
            }
            WorkRange share = withTeam ? new WorkRange.OfTeam(0, 1) : null;
            new Statements(emission, this, share, around).emit(outline.body());
            emission.code.insn(RETURN);
        });
    }
}
