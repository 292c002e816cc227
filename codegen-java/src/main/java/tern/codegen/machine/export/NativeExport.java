package tern.codegen.machine.export;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tern.codegen.machine.Argument;
import tern.codegen.machine.CFunction;
import tern.codegen.machine.code.Feature;
import tern.codegen.source.PackerText;
import tern.codegen.source.Template;
import tern.ir.KernelDef;
import tern.ir.Schedule;
import tern.ir.KernelDef.Kind;
import tern.ir.KernelDef.Param;
import tern.ir.device.CompileException;
import tern.ir.device.Exporter.Export;
import tern.ir.device.Exporter.File;
import tern.ir.device.Exporter.Settings;
import tern.ir.device.LoweredKernel;
import tern.ir.device.Proved;
import tern.ir.loop.Buf;
import tern.ir.loop.Program;
import tern.ir.target.Isa;
import tern.ir.target.Target;
import tern.ir.text.Printer;

/// The files of a kernel as native code.
///
/// @param name     of the kernel in C, and in front of all that its files define
/// @param isa      that the processor must have
record NativeExport(LoweredKernel lowered, String name, Isa isa, CFunction prepare, CFunction multiply) {

    /// @throws CompileException         if the kernel cannot be expressed
    /// @throws IllegalArgumentException if there is no such code for the target, or a benchmark is asked for
    static NativeExport of(LoweredKernel lowered, Settings settings) {
        if (settings.benchmark())
            throw new IllegalArgumentException("--jmh: a benchmark is made of Java code alone; the test program of native code prints a speed");
        String refusal = PackerText.refusal(lowered.packing());
        if (refusal != null) throw new CompileException(lowered.name(), "packing %s is not exported: %s".formatted(lowered.packing().name(), refusal));
        Isa alone = lowered.schedule().isa(), isa = alone != null ? alone : isa(settings.target());
        String name = CNames.identifier(lowered.name()) + "_" + isa.toString().replace('-', '_');
        return new NativeExport(lowered, name, isa,
                CFunction.of(name + "_prepare", Proved.of(lowered.prepare()), Feature.of(isa)),
                CFunction.of(name + "_multiply", Proved.of(lowered.multiply()), Feature.of(isa)));
    }

    /// @throws CompileException if the program cannot be expressed
    static void check(Program program, Target target) {
        CFunction.of("check", Proved.of(program), Feature.of(isa(target)));
    }

    private static Isa isa(Target target) {
        if (target instanceof Target.Cpu cpu) return cpu.isa();
        throw new IllegalArgumentException("native code is made for CPUs, and " + target.name() + " is none");
    }

    /// Whether the kernel needs tiles, which a process must ask Linux for.
    boolean hasTiles() {
        return lowered.schedule() instanceof Schedule.Matrix && !isa.isArm();
    }

    /// @param object rather than text for GNU as
    Export export(boolean object) {
        var module = new NativeModule(List.of(prepare, multiply));
        Map<String, String> words = words(object);
        var files = new ArrayList<File>();
        String path = name + "/";
        if (object) files.add(new File(path + name + ".o", module.object().bytes()));
        else files.add(File.text(path + name + ".s", module.assembler(Template.of(NativeExport.class, "asm.txt", words))));
        files.add(File.text(path + name + ".h", Template.of(NativeExport.class, "kernel.h", words)));
        files.add(File.text(path + name + ".c", PackerSource.of(lowered, name)));
        files.add(File.text(path + name + "_test.c", new TestSource(this).text()));
        files.add(File.text(path + "README.md", Template.of(NativeExport.class, "README.md", words)));
        return new Export(files, List.of("cd " + name, compile(object), run()));
    }

    private String compile(boolean object) {
        return String.format(ROOT, "cc -std=c99 -O2 -o %1$s_test %1$s_test.c %1$s.c %1$s.%2$s -lm", name, object ? "o" : "s");
    }

    private String run() {
        return "./" + name + "_test";
    }

    private Map<String, String> words(boolean object) {
        KernelDef kernel = lowered.definition();
        var packer = new PackerText(lowered.packing(), lowered.m(), lowered.k());
        var words = new HashMap<String, String>();
        words.put("name", kernel.name());
        words.put("NAME", name);
        words.put("GUARD", name.toUpperCase(ROOT) + "_H");
        words.put("definition", Printer.print(kernel));
        words.put("m", "" + lowered.m());
        words.put("k", "" + lowered.k());
        words.put("tokens", lowered.maxTokens() == 1 ? "one token (n = 1)" : "n = 1 to " + lowered.maxTokens() + " tokens");
        words.put("order", order(kernel));
        words.put("packing", lowered.packing().name());
        words.put("bits", packer.bits());
        words.put("packingText", Printer.printWithCodecs(lowered.packing()).replace("\n\n", "\n"));
        words.put("packingWords", packer.words());
        words.put("schedule", Printer.print(isa.toString(), lowered.schedule()));
        words.put("isa", isa.toString());
        words.put("processor", isa.isArm() ? "AArch64" : "x86-64");
        words.put("convention", isa.isArm() ? "AAPCS64" : "System V");
        words.put("tiles",
                hasTiles() ? " Before the first call a process asks\n * Linux for tiles: `syscall(SYS_arch_prctl, 0x1023, 18)` is 0 if it gives them." : "");
        words.put("flags", Feature.of(isa).stream().filter(one -> one != Feature.BASE).map(Feature::flag).collect(Collectors.joining(" ")));
        words.put("SLACK", "" + Buf.SLACK);
        words.put("buffers", buffers());
        words.put("macros", macros());
        words.put("prototypes", prototype(prepare, "Activations into the form that the other function reads.")
                + "\n" + prototype(multiply, "Prepared activations times weights, by the kernel's formula."));
        words.put("scale", PackerText.hasScale(lowered.packing()) ? "float scale, " : "");
        words.put("ending", object ? "o" : "s");
        words.put("what", object ? "the kernel: an ELF object" : "the kernel: text for GNU as" + (isa.isArm() ? "" : ", in Intel's syntax"));
        words.put("compile", compile(object));
        words.put("run", run());
        words.put("groups", kernel.group() > 0 ? "\nSums by groups: " + order(kernel) : "");
        return words;
    }

    private static String order(KernelDef kernel) {
        return kernel.group() == 0
                ? "Sums over k are exact in 32 bits, so their order is nothing to know; the formula is evaluated from left to right, each operation rounded."
                : String.format(ROOT, "Each %d neighbours along k are summed up exactly in 32 bits (d); over the groups g, from the first to the last, "
                        + "acc = fmaf((float) d, product of the scales from left to right, acc), from acc = 0.", kernel.group());
    }

    // Parameters

    /// The definition's parameter that a buffer is; null for prepared activations.
    private static @Nullable Param param(KernelDef kernel, Program program, boolean multiplies, Buf buffer) {
        int number = program.parameters().indexOf(buffer);
        if (!multiplies) return number == 0 ? kernel.activations() : null;
        if (number == kernel.params().size()) return kernel.result();
        Param param = kernel.params().get(number);
        return param.kind() == Kind.I8 ? null : param;
    }

    private String declared(CFunction function, Argument argument) {
        CNames names = new CNames(lowered.definition());
        return switch (argument) {
            case Argument.Address(Buf buffer) -> {
                Param param = param(lowered.definition(), function.program(), function.name().equals(multiply.name()), buffer);
                String reads = buffer.scope() == Buf.Scope.IN ? "const " : "";
                yield reads + (param == null ? "void *prepared" : CNames.type(param.kind()) + " *" + names.of(param));
            }
            case Argument.Number(var scalar) -> "int64_t " + scalar.var().name();
            case Argument.Call.WORK -> "void *work";
            case Argument.Call.FIRST -> "int64_t first";
            case Argument.Call.LAST -> "int64_t last";
            case Argument.Call.PARTS -> "int64_t parts";
        };
    }

    private String prototype(CFunction function, String purpose) {
        return "/* " + purpose + " */\nint " + function.name() + "("
                + function.arguments().stream().map(argument -> declared(function, argument)).collect(Collectors.joining(", ")) + ");\n";
    }

    private String buffers() {
        CNames names = new CNames(lowered.definition());
        var lines = new ArrayList<String>();
        var all = new ArrayList<>(lowered.definition().params());
        all.add(lowered.definition().result());
        for (Param param : all)
            lines.add(" *     %-10s %-8s %s".formatted(names.of(param), param.kind(), param.kind() == Kind.WEIGHT
                    ? name + "_PACKED_BYTES, packed"
                    : "[" + String.join("][", param.dims()) + "]" + (param.kind() == Kind.F16 ? ", IEEE half floats as their bits" : "")
                            + (param.equals(lowered.definition().result()) ? ", written" : "")));
        lines.add(" *     %-10s %-8s %s".formatted("prepared", "bytes", name + "_PREPARED_BYTES"));
        lines.add(" *     %-10s %-8s %s".formatted("work", "bytes", name + "_WORK_BYTES, of each thread"));
        return String.join("\n", lines);
    }

    /// Bytes of packed weights, whole words, with what may be read past their end.
    private long packedBytes() {
        int word = lowered.packing().word().bytes();
        return Math.ceilDiv(lowered.packing().bytes(lowered.m(), lowered.k()), (long) word) * word + Buf.SLACK;
    }

    private String macros() {
        var lines = new ArrayList<String>();
        define(lines, "M", lowered.m());
        define(lines, "K", lowered.k());
        define(lines, "TOKENS", lowered.maxTokens());
        define(lines, "SLACK", Buf.SLACK);
        define(lines, "PACKED_BYTES", packedBytes());
        define(lines, "PREPARED_BYTES", lowered.preparedBytes() + Buf.SLACK);
        define(lines, "WORK_BYTES", Math.max(prepare.workBytes(), multiply.workBytes()));
        lines.add("/* As many parts as have something to do, with all tokens. */");
        define(lines, "PREPARE_PARTS", prepare.parts(lowered.maxTokens()));
        define(lines, "MULTIPLY_PARTS", multiply.parts(lowered.maxTokens()));
        return String.join("\n", lines);
    }

    private void define(List<String> lines, String what, long value) {
        lines.add(String.format(ROOT, "#define %s_%s %d", name, what, value));
    }
}
