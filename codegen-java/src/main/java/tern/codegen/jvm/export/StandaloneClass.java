package tern.codegen.jvm.export;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.TypeSpec;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import javax.lang.model.element.Modifier;
import org.objectweb.asm.ClassTooLargeException;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodTooLargeException;
import tern.codegen.jvm.emit.FrameWriter;
import tern.codegen.jvm.emit.Machine;
import tern.codegen.jvm.export.StandaloneEmitter.Entry;
import tern.codegen.jvm.source.FaceSource;
import tern.codegen.jvm.source.JavaClass;
import tern.codegen.jvm.source.JavaText;
import tern.ir.device.CompileException;

/// A public class that needs the JDK alone, and runs programs: as source whole, or with the programs' code in a class file of its own.
///
/// @param type   of the class, open for more
/// @param bodies the class of the programs' code
/// @param bytes  its class file, which says as well whether HotSpot would compile the same code from source
record StandaloneClass(ClassName name, TypeSpec.Builder type, ClassName bodies, byte[] bytes) {

    /// @param constants public ones that the class shall have, int or long, by name
    /// @param whole     whether the code shall be source as well
    /// @throws CompileException if a program cannot be expressed, or a method becomes too large
    static StandaloneClass of(ClassName name, List<Entry> entries, Machine machine, Map<String, Number> constants, boolean whole) {
        String kernel = entries.getLast().program().name();
        ClassName bodies = ClassName.get(name.packageName(), name.simpleName() + "Blocks");
        Function<ClassVisitor, StandaloneEmitter> emitter = visitor -> new StandaloneEmitter(
                visitor, path(visitor instanceof JavaClass ? name : bodies), path(name), machine, entries);
        try {
            var writer = new FrameWriter();
            FaceSource face = emitter.apply(writer).emit();
            TypeSpec.Builder type = TypeSpec.classBuilder(name).addModifiers(Modifier.PUBLIC, Modifier.FINAL);
            constants.forEach((field, value) -> JavaText.addConstant(type, field, value));
            face.addTo(type, whole ? "" : bodies.simpleName() + ".");
            if (whole) {
                var reader = new JavaClass(path(name));
                emitter.apply(reader).emit();
                reader.methods().forEach(type::addMethod);
            }
            face.addSupport(type);
            return new StandaloneClass(name, type, bodies, writer.toByteArray());
        } catch (MethodTooLargeException | ClassTooLargeException | IllegalArgumentException e) {
            throw new CompileException(kernel, String.valueOf(e.getMessage()), e);
        }
    }

    /// Of a file of a class, without ending; also its internal name.
    static String path(ClassName type) {
        return type.reflectionName().replace('.', '/');
    }
}
