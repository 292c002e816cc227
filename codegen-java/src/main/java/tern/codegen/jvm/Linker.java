package tern.codegen.jvm;

import static java.lang.invoke.MethodType.fromMethodDescriptorString;

import java.lang.constant.ConstantDescs;
import java.lang.invoke.CallSite;
import java.lang.invoke.ConstantCallSite;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.util.List;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import tern.codegen.jvm.team.Spmd;
import tern.ir.Memo;
import tern.ir.device.CompileException;

/// Turns class files into hidden classes and connects them.
///
/// A class is defined once, however many kernels and devices hold it: kernels that differ in rows or in their epilogue alone share the
/// outlined loop over the weights. HotSpot then compiles that loop once, and what a proof on few rows ran is the machine code that the
/// model runs. A second device of this JVM finds the kernels of the first compiled.
public final class Linker {

    /// [#call], as ASM names it.
    public static final Handle BOOTSTRAP = new Handle(
            Opcodes.H_INVOKESTATIC,
            Type.getInternalName(Linker.class),
            "call",
            MethodType.methodType(CallSite.class, MethodHandles.Lookup.class, String.class, MethodType.class, int.class)
                    .descriptorString(),
            false);

    /// What makes two classes the same.
    ///
    /// @param constants that the code of an outlined body may load; a kernel is given its own at each launch
    private record Body(ByteBuffer bytes, ByteBuffer constants, List<MethodHandle> calls) {}

    private static final ByteBuffer NONE = ByteBuffer.allocate(0);

    /// Several models' worth.
    private static final int KEPT = 256;

    private static final Memo<Body, MethodHandle> BODIES = new Memo<>(KEPT);
    private static final Memo<Body, Spmd> KERNELS = new Memo<>(KEPT);

    private Linker() {}

    /// Links a call to an outlined body, at its first execution; called by generated code.
    ///
    /// @param number of the body among those that the calling class was defined with
    static CallSite call(MethodHandles.Lookup caller, String name, MethodType type, int number) throws IllegalAccessException {
        MethodHandle body = MethodHandles.classDataAt(caller, ConstantDescs.DEFAULT_NAME, MethodHandle.class, number);
        return new ConstantCallSite(body.asType(type));
    }

    /// @throws CompileException if the JVM refuses a class
    public static Spmd link(JvmClass code) {
        C1.keepAway();
        synchronized (KERNELS) {
            try {
                var body = new Body(ByteBuffer.wrap(code.bytes()), NONE, handles(code.calls()));
                Spmd known = KERNELS.find(body);
                if (known != null) return known;
                Class<?> kernel = define(code.bytes(), body.calls()).lookupClass();
                Spmd linked = (Spmd) kernel.getDeclaredConstructor().newInstance();
                return KERNELS.keep(body, linked);
            } catch (ReflectiveOperationException | LinkageError e) {
                throw new CompileException(code.program().name(), "the JVM refuses the class: " + e, e);
            }
        }
    }

    private static List<MethodHandle> handles(List<JvmClass.Outlined> calls) throws ReflectiveOperationException {
        MethodHandle[] handles = new MethodHandle[calls.size()];
        for (int i = 0; i < handles.length; i++) handles[i] = handle(calls.get(i));
        return List.of(handles);
    }

    private static MethodHandle handle(JvmClass.Outlined outlined) throws ReflectiveOperationException {
        var body = new Body(
                ByteBuffer.wrap(outlined.bytes()), ByteBuffer.wrap(outlined.constants()), handles(outlined.calls()));
        MethodHandle known = BODIES.find(body);
        if (known != null) return known;
        MethodHandles.Lookup lookup = define(outlined.bytes(), body.calls());
        MethodHandle handle = lookup.findStatic(lookup.lookupClass(), outlined.method(),
                fromMethodDescriptorString(outlined.descriptor(), Linker.class.getClassLoader()));
        return BODIES.keep(body, handle);
    }

    private static MethodHandles.Lookup define(byte[] bytes, List<MethodHandle> calls) throws IllegalAccessException {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        return calls.isEmpty()
                ? lookup.defineHiddenClass(bytes, true)
                : lookup.defineHiddenClassWithClassData(bytes, calls, true);
    }
}
