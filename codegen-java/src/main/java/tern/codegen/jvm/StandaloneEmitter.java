package tern.codegen.jvm;

import static org.objectweb.asm.Opcodes.*;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;
import tern.codegen.jvm.team.Memory;
import tern.ir.device.CompileException;
import tern.ir.device.Proved;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Program;

/// Writes a public class that needs the JDK alone. Each program `p` becomes
///
///     public static void p(MemorySegment.., int n)                                            everything, on this thread
///     public static void p(MemorySegment.., MemorySegment scratch, int n, int from, int to)   some blocks: threads share them
///     private static void pBlocks(long.., long scratch, int n, int from, int to)              the body, as in hidden classes
///
/// The public ones check sizes, so that a program whose accesses [tern.ir.loop.Ranges] proves stays within the segments it is handed.
/// Constants lie in native memory that the class allocates when it is initialised.
final class StandaloneEmitter {

    private static final String SEGMENT = Statics.SEGMENT, ALL = "MEMORY", PATTERNS = "PATTERNS";

    /// Methods of the class that no outlined loop may be called.
    private static final List<String> RESERVED = List.of(
            StandaloneSupport.ADDRESS, StandaloneSupport.CHECK, StandaloneSupport.CONSTANT,
            Routine.UNSIGNED_TO_FLOAT.method(), Routine.FLOAT_TO_BFLOAT16.method(),
            // Those that source has beside the kernels.
            "main", "expected", "input", "square", "silu", "exp");

    private final ClassVisitor visitor;
    private final String name;
    private final List<Entry> entries;
    private final Map<String, Number> constants;
    /// Constants of all programs, and the field that holds the address of each.
    private final Map<Buf, String> fields = new LinkedHashMap<>();
    private final Methods methods;

    /// A program of the class.
    ///
    /// @param method  its methods' name
    /// @param purpose what it does, in whole sentences
    record Entry(String method, Proved proved, String purpose) {
        Program program() {
            return proved.program();
        }
    }

    /// @param name      internal name of the class
    /// @param constants public ones that the class shall have, int or long, by name
    StandaloneEmitter(ClassVisitor visitor, String name, Machine machine, List<Entry> entries, Map<String, Number> constants) {
        this.visitor = visitor;
        this.name = name;
        this.entries = entries;
        this.constants = constants;
        fields.put(ConstantPool.BUFFER, PATTERNS);
        for (Entry entry : entries)
            for (Buf buffer : entry.program().buffers())
                if (buffer.scope() == Buf.Scope.CONSTANT) fields.putIfAbsent(buffer, fieldName(buffer.name()));
        this.methods = new Methods(visitor, name, machine, new Statics(name, ALL, fields));
    }

    private String fieldName(String buffer) {
        String wish = Methods.identifier(buffer).toUpperCase(Locale.ROOT), field = wish;
        for (int count = 2; fields.containsValue(field) || constants.containsKey(field) || field.equals(ALL); count++) field = wish + "_" + count;
        return field;
    }

    /// @throws CompileException if a program asks for what cannot be taken away, or a method becomes too large
    void emit() {
        for (Entry entry : entries)
            if (Uses.in(entry.program().body()).tiles())
                throw new CompileException(entry.program().name(), "the Vector API has no products of tiles");
        visitor.visit(V25, ACC_PUBLIC | ACC_FINAL | ACC_SUPER, name, null, "java/lang/Object", null);
        // A file's name alone: where it lay is nobody's business.
        String source = entries.getFirst().program().source();
        visitor.visitSource(source.substring(Math.max(source.lastIndexOf('/'), source.lastIndexOf('\\')) + 1), null);
        constructor();
        constants.forEach(this::constant);
        RESERVED.forEach(methods::unique);
        for (Entry entry : entries) {
            methods.unique(entry.method());
            methods.unique(blocksMethod(entry));
        }
        for (Entry entry : entries) new Face(entry).write();
        new StandaloneSupport(methods).write();
        methods.finish();
        initialiser();
        visitor.visitEnd();
    }

    private static String blocksMethod(Entry entry) {
        return entry.method() + "Blocks";
    }

    private void constructor() {
        MethodVisitor mv = visitor.visitMethod(ACC_PRIVATE, "<init>", "()V", null, null);
        mv.visitCode();
        mv.visitVarInsn(ALOAD, 0);
        mv.visitMethodInsn(INVOKESPECIAL, "java/lang/Object", "<init>", "()V", false);
        mv.visitInsn(RETURN);
        mv.visitMaxs(0, 0);
        mv.visitEnd();
    }

    private void constant(String field, Number value) {
        String descriptor = value instanceof Integer ? "I" : "J";
        visitor.visitField(ACC_PUBLIC | ACC_STATIC | ACC_FINAL, field, descriptor, null, value).visitEnd();
    }

    // Constants

    private void initialiser() {
        byte[] patterns = methods.pool().bytes();
        if (patterns.length == 0) fields.remove(ConstantPool.BUFFER);
        visitor.visitField(ACC_PRIVATE | ACC_STATIC | ACC_FINAL, ALL, SEGMENT, null, null).visitEnd();
        fields.values().forEach(field ->
                visitor.visitField(ACC_PRIVATE | ACC_STATIC | ACC_FINAL, field, "J", null, null).visitEnd());
        var signature = new Methods.Signature(ACC_STATIC, "<clinit>", "()V", List.of());
        methods.write(name, signature, 0, emission -> {
            Code code = emission.code;
            code.getstatic(MemorySegment.class, "NULL", MemorySegment.class).lconst(Long.MAX_VALUE) // null size
                    .invokeinterface(MemorySegment.class, "reinterpret", MemorySegment.class, long.class) // segment
                    .putown(name, ALL, SEGMENT);                                  //
            fields.forEach((buffer, field) -> {
                int bytes = buffer.element().bytes();
                StandaloneSupport.numbers(code, numbers(buffer, patterns));       // numbers
                code.iconst(bytes).invokeown(name, StandaloneSupport.CONSTANT, StandaloneSupport.CONSTANT_TYPE) // address
                        .putown(name, field, "J");                                //
            });
            code.insn(RETURN);
        });
    }

    private static List<Integer> numbers(Buf buffer, byte[] patterns) {
        if (buffer.equals(ConstantPool.BUFFER)) {
            var bytes = new ArrayList<Integer>();
            for (byte one : patterns) bytes.add((int) one);
            return bytes;
        }
        List<Integer> data = Objects.requireNonNull(buffer.data(), buffer.name());
        return Lane.of(buffer.element()) == Lane.FLOAT
                ? data.stream().map(value -> Float.floatToRawIntBits((float) value)).toList()
                : data;
    }

    /// What the class shows of one program.
    private final class Face {
        private final Entry entry;
        private final Program program;
        private final List<Buf> parameters;
        private final List<String> scalars;
        /// Scratch of one thread by buffer: its first byte.
        private final Map<Buf, Long> offsets = new LinkedHashMap<>();
        private final long scratchBytes;
        private int blocks;

        Face(Entry entry) {
            this.entry = entry;
            this.program = entry.program();
            this.parameters = program.parameters();
            this.scalars = program.scalars().stream().map(scalar -> scalar.var().name()).toList();
            long bytes = 0;
            for (Buf buffer : program.buffers()) {
                if (buffer.scope() == Buf.Scope.TEAM)
                    throw new CompileException(program.name(), "scratch " + buffer + " is shared by a team, and no team runs it");
                if (buffer.scope() != Buf.Scope.CORE) continue;
                offsets.put(buffer, bytes);
                bytes += Storage.stride(program.name(), buffer);
            }
            scratchBytes = bytes;
        }

        void write() {
            // The body first: it tells how many blocks there are.
            body();
            constant(constantName("BLOCKS"), blocks);
            if (hasScratch()) constant(constantName("SCRATCH_BYTES"), scratchBytes);
            some();
            all();
        }

        private String constantName(String what) {
            return entry.method().toUpperCase(Locale.ROOT) + "_" + what;
        }

        private boolean hasScratch() {
            return scratchBytes > 0;
        }

        /// Names of the parameters from the buffers on.
        private List<String> names(boolean scratch, boolean range) {
            return Stream.of(
                            parameters.stream().map(Buf::name),
                            scratch ? Stream.of("scratch") : Stream.<String>of(),
                            scalars.stream(),
                            range ? Stream.of("from", "to") : Stream.<String>of())
                    .flatMap(s -> s)
                    .toList();
        }

        private String descriptor(String memory, boolean scratch, boolean range) {
            int segments = parameters.size() + (scratch ? 1 : 0), numbers = scalars.size() + (range ? 2 : 0);
            return "(" + memory.repeat(segments) + "I".repeat(numbers) + ")V";
        }

        private void body() {
            var signature = new Methods.Signature(ACC_PRIVATE | ACC_STATIC, blocksMethod(entry),
                    descriptor("J", hasScratch(), true), List.of());
            methods.write(program.name(), signature, 0, emission -> {
                emission.remarks.describe("Blocks `from` to `to - 1` of " + entry.method() + ", memory by address.");
                Frame frame = emission.frame;
                for (Buf buffer : parameters) frame.bind(buffer, frame.parameter(Type.LONG_TYPE, buffer.name()));
                int scratch = hasScratch() ? frame.parameter(Type.LONG_TYPE, "scratch") : -1;
                for (Program.Scalar scalar : program.scalars()) {
                    int slot = frame.parameter(Type.INT_TYPE, scalar.var().name());
                    frame.bind(scalar.var(), new Home.Local(slot, 0, scalar.values().low() >= 0, null));
                }
                int from = frame.parameter(Type.INT_TYPE, "from"), to = frame.parameter(Type.INT_TYPE, "to");
                for (Buf buffer : parameters) {
                    int slot = frame.base(buffer);
                    emission.code.lload(slot).lconst(Memory.MASK).insn(LAND).lstore(slot);
                }
                offsets.forEach((buffer, offset) -> {
                    int slot = frame.allocate(Type.LONG_TYPE, buffer.name());
                    emission.code.lload(scratch);                                 // address
                    if (offset != 0) emission.code.lconst(offset).insn(LADD);     // address
                    emission.code.lconst(Memory.MASK).insn(LAND).lstore(slot);    //
                    frame.bind(buffer, slot);
                });
                var statements = new Statements(emission, methods, new Share.OfBlocks(from, to), List.of());
                statements.emit(program.body());
                blocks = statements.blocks();
                emission.code.insn(RETURN);
            });
            if (blocks == 0) throw new CompileException(program.name(), "no loop is shared out to cores");
        }

        /// Checks, and calls the body.
        private void some() {
            var signature = new Methods.Signature(ACC_PUBLIC | ACC_STATIC, entry.method(),
                    descriptor(SEGMENT, hasScratch(), true), names(hasScratch(), true));
            methods.write(program.name(), signature, 0, emission -> {
                emission.remarks.describe(entry.purpose() + " Does the blocks `from` to `to - 1` of "
                        + blocks + ", which any threads may do at the same time"
                        + (hasScratch() ? ", each with scratch of its own." : "."));
                Code code = emission.code;
                List<Integer> slots = segments(emission, hasScratch());
                for (Program.Scalar scalar : program.scalars()) {
                    int slot = number(emission, scalar);
                    code.iload(slot).iconst((int) scalar.values().low()).iconst((int) scalar.values().high())
                            .sconst(scalar.var().name())                          // value low high name
                            .invokeown(name, StandaloneSupport.CHECK, StandaloneSupport.CHECK_TYPE); //
                }
                int from = emission.frame.parameter(Type.INT_TYPE, "from"), to = emission.frame.parameter(Type.INT_TYPE, "to");
                code.iload(from).iload(to).getown(name, constantName("BLOCKS"), "I") // from to blocks
                        .invokestatic(Objects.class, "checkFromToIndex", int.class, int.class, int.class, int.class)
                        .insn(POP);                                               //
                for (int i = 0; i < parameters.size(); i++) address(emission, slots.get(i), parameters.get(i)); // addresses
                if (hasScratch())
                    code.aload(slots.getLast()).getown(name, constantName("SCRATCH_BYTES"), "J").sconst("scratch") // .. segment bytes name
                            .invokeown(name, StandaloneSupport.ADDRESS, StandaloneSupport.ADDRESS_TYPE); // addresses
                for (Program.Scalar scalar : program.scalars()) emission.scalars.emit(Expr.ref(scalar.var()));
                code.iload(from).iload(to)                                        // addresses numbers
                        .invokeown(name, blocksMethod(entry), descriptor("J", hasScratch(), true)); //
                for (int slot : slots)
                    code.aload(slot).invokestatic(Reference.class, "reachabilityFence", void.class, Object.class);
                code.insn(RETURN);
            });
        }

        /// The locals of the segments.
        private List<Integer> segments(Emission emission, boolean scratch) {
            var slots = new ArrayList<Integer>();
            for (Buf buffer : parameters) slots.add(emission.frame.parameter(Type.getType(SEGMENT), buffer.name()));
            if (scratch) slots.add(emission.frame.parameter(Type.getType(SEGMENT), "scratch"));
            return slots;
        }

        private int number(Emission emission, Program.Scalar scalar) {
            int slot = emission.frame.parameter(Type.INT_TYPE, scalar.var().name());
            emission.frame.bind(scalar.var(), new Home.Local(slot, 0, scalar.values().low() >= 0, null));
            return slot;
        }

        /// .. -> .. address of a segment that is large enough: loads may reach beyond what is read
        private void address(Emission emission, int slot, Buf buffer) {
            int bytes = buffer.element().bytes(), slack = buffer.scope() == Buf.Scope.OUT ? 0 : Buf.SLACK;
            emission.code.aload(slot);                                            // segment
            if (buffer.extent() instanceof Expr.Int(_, long elements)) emission.code.lconst(elements * bytes + slack); // segment bytes
            else {
                emission.scalars.emit(buffer.extent());                           // segment elements
                emission.code.insn(I2L);                                          // segment elements
                if (bytes > 1) emission.code.lconst(bytes).insn(LMUL);            // segment bytes
                if (slack > 0) emission.code.lconst(slack).insn(LADD);            // segment bytes
            }
            emission.code.sconst(buffer.name()).invokeown(name, StandaloneSupport.ADDRESS, StandaloneSupport.ADDRESS_TYPE);
        }

        /// All blocks.
        private void all() {
            var signature = new Methods.Signature(ACC_PUBLIC | ACC_STATIC, entry.method(),
                    descriptor(SEGMENT, false, false), names(false, false));
            methods.write(program.name(), signature, 0, emission -> {
                emission.remarks.describe(entry.purpose() + " Does everything, on the calling thread.");
                Code code = emission.code;
                List<Integer> slots = segments(emission, false);
                List<Integer> numbers = program.scalars().stream().map(scalar -> number(emission, scalar)).toList();
                slots.forEach(code::aload);                                       // segments
                if (hasScratch())
                    code.invokestatic(Arena.class, "ofAuto", Arena.class)         // segments arena
                            .getown(name, constantName("SCRATCH_BYTES"), "J").lconst(64) // segments arena bytes 64
                            .invokeinterface(Arena.class, "allocate", MemorySegment.class, long.class, long.class); // segments
                numbers.forEach(code::iload);                                     // segments numbers
                code.iconst(0).getown(name, constantName("BLOCKS"), "I")          // segments numbers 0 blocks
                        .invokeown(name, entry.method(), descriptor(SEGMENT, hasScratch(), true)); //
                code.insn(RETURN);
            });
        }
    }
}
