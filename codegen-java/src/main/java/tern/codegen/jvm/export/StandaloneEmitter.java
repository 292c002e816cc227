package tern.codegen.jvm.export;

import static org.objectweb.asm.Opcodes.*;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Type;
import tern.codegen.jvm.emit.ConstantPool;
import tern.codegen.jvm.emit.Emission;
import tern.codegen.jvm.emit.Frame;
import tern.codegen.jvm.emit.Home;
import tern.codegen.jvm.emit.Lane;
import tern.codegen.jvm.emit.Machine;
import tern.codegen.jvm.emit.Methods;
import tern.codegen.jvm.emit.Routine;
import tern.codegen.jvm.emit.Statements;
import tern.codegen.jvm.emit.Statics;
import tern.codegen.jvm.emit.Storage;
import tern.codegen.jvm.emit.Uses;
import tern.codegen.jvm.emit.WorkRange;
import tern.codegen.jvm.source.FaceSource;
import tern.codegen.jvm.team.Memory;
import tern.ir.device.CompileException;
import tern.ir.device.Proved;
import tern.ir.loop.Buf;
import tern.ir.loop.Program;
import tern.ir.loop.Var;

/// Writes the code of programs that need the JDK alone: for each program `p` the method
///
///     static void pBlocks(long.., long scratch, int n, int from, int to)     the body, as in hidden classes
///
/// and the methods that it calls. What they share lies in static fields of a class that has a [FaceSource]: all memory, and for each constant
/// its address.
final class StandaloneEmitter {

    private static final String ALL = "MEMORY", PATTERNS = "PATTERNS";

    /// Methods that a class has besides these, so that no outlined loop may be called like them.
    private static final List<String> RESERVED = List.of(
            "address", "check", "constant", "main", "expected", "input", "square", "silu", "exp",
            Routine.UNSIGNED_TO_FLOAT.method(), Routine.FLOAT_TO_BFLOAT16.method());

    private final ClassVisitor visitor;
    private final String name;
    private final List<Entry> entries;
    /// Constants of all programs, and the field that holds the address of each.
    private final Map<Buf, String> fields = new LinkedHashMap<>();
    /// Names of other fields of that class.
    private final Set<String> taken = new HashSet<>(List.of(ALL, PATTERNS, "M", "K", "MAX_TOKENS", "SLACK", "PREPARED_BYTES", "WEIGHT_BYTES"));
    private final Methods methods;

    /// @param method  name of its methods
    /// @param purpose what it does, in whole sentences
    record Entry(String method, Proved proved, String purpose) {
        Program program() {
            return proved.program();
        }
    }

    /// @param name internal name of the class that the methods belong to
    /// @param face internal name of the class with the fields; it may be the same
    StandaloneEmitter(ClassVisitor visitor, String name, String face, Machine machine, List<Entry> entries) {
        this.visitor = visitor;
        this.name = name;
        this.entries = entries;
        fields.put(ConstantPool.BUFFER, PATTERNS);
        for (Entry entry : entries)
            for (String what : List.of("_BLOCKS", "_SCRATCH_BYTES")) taken.add(entry.method().toUpperCase(Locale.ROOT) + what);
        for (Entry entry : entries)
            for (Buf buffer : entry.program().buffers())
                if (buffer.scope() == Buf.Scope.CONSTANT) fields.computeIfAbsent(buffer, this::fieldName);
        this.methods = new Methods(visitor, name, machine, new Statics(face, ALL, fields));
    }

    private String fieldName(Buf buffer) {
        String wish = Methods.identifier(buffer.name()).toUpperCase(Locale.ROOT), field = wish;
        for (int count = 2; !taken.add(field); count++) field = wish + "_" + count;
        return field;
    }

    /// @return what the class must show of the programs
    /// @throws CompileException if a program asks for what cannot be taken away, or a method becomes too large
    FaceSource emit() {
        for (Entry entry : entries)
            if (Uses.in(entry.program().body()).tiles())
                throw new CompileException(entry.program().name(), "the Vector API has no products of tiles");
        visitor.visit(V25, ACC_FINAL | ACC_SUPER, name, null, "java/lang/Object", null);
        // A file's name alone: where it lay is nobody's business.
        String source = entries.getFirst().program().source();
        visitor.visitSource(source.substring(Math.max(source.lastIndexOf('/'), source.lastIndexOf('\\')) + 1), null);
        RESERVED.forEach(methods::unique);
        for (Entry entry : entries) {
            methods.unique(entry.method());
            methods.unique(entry.method() + "Blocks");
        }
        List<FaceSource.Entry> faces = entries.stream().map(this::body).toList();
        methods.finish();
        visitor.visitEnd();
        return new FaceSource(faces, constants(methods.pool().bytes()), Buf.SLACK);
    }

    private FaceSource.Entry body(Entry entry) {
        Program program = entry.program();
        // Scratch of one thread by buffer: its first byte.
        var offsets = new LinkedHashMap<Buf, Long>();
        long scratchBytes = 0;
        for (Buf buffer : program.buffers()) {
            if (buffer.scope() == Buf.Scope.TEAM)
                throw new CompileException(program.name(), "scratch " + buffer + " is shared by a team, and no team runs it");
            if (buffer.scope() != Buf.Scope.CORE) continue;
            offsets.put(buffer, scratchBytes);
            scratchBytes += Storage.stride(program.name(), buffer);
        }
        int addresses = program.parameters().size() + (offsets.isEmpty() ? 0 : 1);
        String descriptor = "(" + "J".repeat(addresses) + "I".repeat(program.scalars().size() + 2) + ")V";
        var blocks = new AtomicInteger();
        methods.write(program.name(), new Methods.Signature(ACC_STATIC, entry.method() + "Blocks", descriptor), 0, emission -> {
            emission.remarks.describe("Blocks `from` to `to - 1` of " + entry.method() + ", memory by address.");
            blocks.set(body(emission, program, offsets));
        });
        if (blocks.get() == 0) throw new CompileException(program.name(), "no loop is shared out to cores");
        return new FaceSource.Entry(entry.method(), entry.purpose(), program, blocks.get(), scratchBytes);
    }

    /// @return the number of blocks
    private static int body(Emission emission, Program program, Map<Buf, Long> offsets) {
        Frame frame = emission.frame;
        for (Buf buffer : program.parameters()) frame.bind(buffer, frame.parameter(Type.LONG_TYPE, buffer.name()));
        int scratch = offsets.isEmpty() ? -1 : frame.parameter(Type.LONG_TYPE, "scratch");
        for (Program.Scalar scalar : program.scalars()) {
            int slot = frame.parameter(Type.INT_TYPE, scalar.var().name());
            frame.bind(scalar.var(), new Home.Local(slot, 0, scalar.values().low() >= 0, null));
        }
        int from = frame.parameter(Type.INT_TYPE, "from"), to = frame.parameter(Type.INT_TYPE, "to");
        for (Buf buffer : program.parameters()) {
            int slot = frame.base(buffer);
            emission.code.lload(slot).lconst(Memory.MASK).insn(LAND).lstore(slot); //
        }
        offsets.forEach((buffer, offset) -> {
            int slot = frame.allocate(Type.LONG_TYPE, buffer.name());
            emission.code.lload(scratch);                                         // address
            if (offset != 0) emission.code.lconst(offset).insn(LADD);             // address
            emission.code.lconst(Memory.MASK).insn(LAND).lstore(slot);            //
            frame.bind(buffer, slot);
        });
        Map<Var, Long> most = program.scalars().stream().collect(Collectors.toMap(Program.Scalar::var, scalar -> scalar.values().high()));
        var statements = new Statements(emission, emission.methods, new WorkRange.OfBlocks(from, to, most), List.of());
        statements.emit(program.body());
        emission.code.insn(RETURN);
        return statements.blocks();
    }

    private List<FaceSource.Constant> constants(byte[] patterns) {
        var constants = new ArrayList<FaceSource.Constant>();
        fields.forEach((buffer, field) -> {
            List<Integer> numbers = new ArrayList<>();
            if (buffer.equals(ConstantPool.BUFFER)) for (byte one : patterns) numbers.add((int) one);
            else for (int one : Objects.requireNonNull(buffer.data(), field))
                numbers.add(Lane.of(buffer.element()) == Lane.FLOAT ? Float.floatToRawIntBits(one) : one);
            if (!numbers.isEmpty()) constants.add(new FaceSource.Constant(field, buffer.element().bytes(), numbers));
        });
        return constants;
    }
}
