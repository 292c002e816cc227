package tern.codegen.cuda.export;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import tern.codegen.cuda.ptx.PtxKernel;
import tern.ir.device.LoweredKernel;
import tern.ir.loop.Buf;
import tern.ir.loop.LoopPrinter;
import tern.ir.loop.Program;
import tern.ir.text.Printer;

/// How to launch a kernel, as the comment that its text begins with.
final class LaunchWords {

    private static final String[] AXES = {"x", "y", "z"};

    private LaunchWords() {}

    /// @param prepares whether it is the kernel that runs before the other
    static String of(LoweredKernel lowered, PtxKernel kernel, boolean prepares) {
        var lines = new ArrayList<String>();
        lines.add(String.format(ROOT, "Made by Tern. m = %d, k = %d, n from 1 to %d.", lowered.m(), lowered.k(), lowered.maxTokens()));
        lines.add(prepares
                ? "Brings activations into the form that the other kernel reads; once for all matrices with these activations."
                : "Multiplies prepared activations by packed weights, and applies the kernel's formula.");
        lines.add("");
        Printer.print(lowered.definition()).lines().map(line -> "    " + line).forEach(lines::add);
        lines.add("");
        lines.add("Entry       " + kernel.name());
        lines.add(String.format(ROOT, "Block       %d threads; %s dynamic shared memory",
                32 * kernel.warps(), kernel.shared() == 0 ? "no" : kernel.shared() + " bytes of"));
        lines.add("Grid        " + grid(kernel));
        lines.add("Parameters  in this order:");
        for (Buf buffer : kernel.program().parameters()) lines.add("    .u64 %-10s %s".formatted(buffer.name(), words(buffer)));
        for (Program.Scalar scalar : kernel.program().scalars())
            lines.add("    .u32 %-10s %s".formatted(scalar.var().name(), "in " + scalar.values()));
        lines.add("Buffers are aligned to 64 bytes, and 64 bytes behind them may be read. Weights are packed as the .tir file says.");
        lines.add("");
        lines.add("    void *arguments[] = {%s};".formatted(names(kernel.program())));
        lines.add(String.format(ROOT, "    cuLaunchKernel(function, gridX, gridY, gridZ, %d, 1, 1, %d, stream, arguments, NULL);",
                32 * kernel.warps(), kernel.shared()));
        return lines.stream().map(line -> ("// " + line).stripTrailing() + "\n").collect(Collectors.joining()) + "\n";
    }

    private static String names(Program program) {
        var names = new ArrayList<String>();
        program.parameters().forEach(buffer -> names.add("&" + buffer.name()));
        program.scalars().forEach(scalar -> names.add("&" + scalar.var().name()));
        return String.join(", ", names);
    }

    /// `x = n * 2, y = 1, z = 1`: the largest of several extents.
    private static String grid(PtxKernel kernel) {
        var axes = new ArrayList<String>();
        for (int axis = 0; axis < AXES.length; axis++) {
            List<String> extents = kernel.grid().get(axis).stream().map(LoopPrinter::print).distinct().toList();
            axes.add(AXES[axis] + " = " + (extents.isEmpty() ? "1" : extents.size() == 1 ? extents.getFirst() : "max(" + String.join(", ", extents) + ")"));
        }
        return String.join(", ", axes);
    }

    private static String words(Buf buffer) {
        String how = switch (buffer.scope()) {
            case IN -> "read";
            case OUT -> "written";
            case INOUT -> "read and written";
            case CONSTANT, CORE, TEAM -> throw new IllegalArgumentException(buffer + " is no parameter");
        };
        return "%s[%s], %s".formatted(buffer.element(), LoopPrinter.print(buffer.extent()), how);
    }
}
