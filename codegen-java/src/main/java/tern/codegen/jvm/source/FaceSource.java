package tern.codegen.jvm.source;

import static java.util.Locale.ROOT;

import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.NameAllocator;
import com.palantir.javapoet.TypeSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.lang.model.element.Modifier;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Program;

/// What a class of its own shows of its programs. Each program `p` becomes
///
///     public static void p(MemorySegment.., int n)                                            everything, on this thread
///     public static void p(MemorySegment.., MemorySegment scratch, int n, int from, int to)   some blocks: threads share them
///
/// Both end in `pBlocks(long.., long scratch, int n, int from, int to)`, which reaches memory by address. They check sizes first, so that a
/// program whose accesses [tern.ir.loop.Ranges] proves stays within the segments it is handed.
///
/// @param slack bytes after an input that loads may touch
public record FaceSource(List<Entry> entries, List<Constant> constants, int slack) {

    /// @param method       their name
    /// @param purpose      what the program does, in whole sentences
    /// @param blocks       that threads may share
    /// @param scratchBytes of each thread
    public record Entry(String method, String purpose, Program program, int blocks, long scratchBytes) {
        String constant(String what) {
            return method.toUpperCase(Locale.ROOT) + "_" + what;
        }
    }

    /// Numbers in native memory.
    ///
    /// @param field that holds their address
    /// @param bytes of each
    public record Constant(String field, int bytes, List<Integer> numbers) {}

    /// @param bodies the class of the methods `pBlocks`, with a dot; empty if they are in this one
    public void addTo(TypeSpec.Builder type, String bodies) {
        JavaText.addField(type, "public static final long SLACK", slack + "L", "");
        for (Entry entry : entries) {
            JavaText.addField(type, "public static final int " + entry.constant("BLOCKS"), "" + entry.blocks, "");
            if (entry.scratchBytes > 0)
                JavaText.addField(type, "public static final long " + entry.constant("SCRATCH_BYTES"), entry.scratchBytes + "L", "");
        }
        String access = bodies.isEmpty() ? "private static final " : "static final ";
        JavaText.addField(type, access + "MemorySegment MEMORY", "MemorySegment.NULL.reinterpret(Long.MAX_VALUE)", "");
        for (Constant one : constants)
            JavaText.addField(type, access + "long " + one.field, "constant(" + one.bytes + ", " + JavaText.numbers(one.numbers) + ")", "");
        type.addMethod(MethodSpec.constructorBuilder().addModifiers(Modifier.PRIVATE).build());
        for (Entry entry : entries) addMethods(type, entry, bodies);
    }

    /// Adds what the other methods call.
    public void addSupport(TypeSpec.Builder type) {
        JavaText.addMethods(type, "support.java", Map.of(), "address(check(constant(");
    }

    private void addMethods(TypeSpec.Builder type, Entry entry, String bodies) {
        Program program = entry.program;
        var names = new NameAllocator();
        for (String own : List.of("scratch", "from", "to")) names.newName(own);
        List<String> all = new ArrayList<>(program.parameters().stream().map(b -> names.newName(Names.variable(b.name()))).toList());
        List<String> scalars = program.scalars().stream().map(s -> names.newName(Names.variable(s.var().name()))).toList();
        List<String> segments = new ArrayList<>(all), addresses = new ArrayList<>(), checks = new ArrayList<>();
        for (Buf buffer : program.parameters())
            addresses.add("address(%s, %s, \"%s\")".formatted(all.get(addresses.size()), bytes(buffer), buffer.name()));
        for (Program.Scalar scalar : program.scalars())
            checks.add(String.format(ROOT, "check(%1$s, %2$d, %3$d, \"%1$s\");", scalars.get(checks.size()), scalar.values().low(), scalar.values().high()));
        boolean scratch = entry.scratchBytes > 0;
        if (scratch) {
            segments.add("scratch");
            all.add("Arena.ofAuto().allocate(" + entry.constant("SCRATCH_BYTES") + ", 64)");
            addresses.add("address(scratch, " + entry.constant("SCRATCH_BYTES") + ", \"scratch\")");
        }
        JavaText.addMethods(type, "face.java", Map.ofEntries(
                Map.entry("purpose", entry.purpose),
                Map.entry("blocks", "" + entry.blocks),
                Map.entry("eachWithScratch", scratch ? ", each with scratch of its own" : ""),
                Map.entry("method", entry.method),
                Map.entry("BLOCKS", entry.constant("BLOCKS")),
                Map.entry("bodies", bodies),
                Map.entry("segments", each("MemorySegment %s, ", segments)),
                Map.entry("memory", each("MemorySegment %s, ", segments.subList(0, program.parameters().size()))),
                Map.entry("numbers", each("int %s, ", scalars)),
                Map.entry("scalars", each("%s, ", scalars)),
                Map.entry("checks", each("%s\n", checks)),
                Map.entry("addresses", each("%s, ", addresses)),
                Map.entry("fences", each("Reference.reachabilityFence(%s);\n", segments)),
                Map.entry("all", each("%s, ", all))), "");
    }

    private static String each(String format, List<String> names) {
        return String.join("", names.stream().map(format::formatted).toList());
    }

    /// Of a parameter: loads may reach beyond what is read.
    private String bytes(Buf buffer) {
        int bytes = buffer.element().bytes(), behind = buffer.scope() == Buf.Scope.OUT ? 0 : slack;
        if (buffer.extent() instanceof Expr.Int(_, long elements)) return elements * bytes + behind + "L";
        Term count = count(buffer.extent());
        String size = bytes == 1 ? count.text() : Term.infix(count, "*", Term.number((long) bytes), Term.PRODUCT, "long").text();
        return behind == 0 ? size : size + " + " + behind + "L";
    }

    private static Term count(Expr extent) {
        return switch (extent) {
            case Expr.Int(_, long value) -> Term.number((int) value);
            case Expr.Ref(var var) -> Term.of(Names.variable(var.name()), Term.PRIMARY, "int");
            case Expr.Binary(var op, Expr a, Expr b) when op == Expr.Binary.Operation.MULTIPLY ->
                Term.infix(count(a), "*", count(b), Term.PRODUCT, "int");
            case Expr.Binary(var op, Expr a, Expr b) when op == Expr.Binary.Operation.ADD ->
                Term.infix(count(a), "+", count(b), Term.SUM, "int");
            default -> throw new IllegalArgumentException("no kernel is exported whose size is " + extent);
        };
    }
}
