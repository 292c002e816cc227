package tern.ir.reference;

import static java.util.Locale.ROOT;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import tern.ir.device.Buffer;
import tern.ir.device.CompileException;
import tern.ir.device.Kernel;
import tern.ir.loop.Program;

/// A program to be interpreted.
final class ReferenceKernel implements Kernel {

    private final Program program;
    private final Interpreter interpreter;

    ReferenceKernel(Program program, long seed) {
        for (var scalar : program.scalars())
            if (!scalar.var().equals(Program.N) && !scalar.isPosition())
                throw new CompileException(program.name(), "a launch passes n and position, not " + scalar.var());
        this.program = program;
        this.interpreter = new Interpreter(program, seed);
    }

    @Override
    public String name() {
        return program.name();
    }

    /// @throws IllegalArgumentException if number or size of the buffers or a scalar's value does not fit
    /// @throws Fault if the program does what Loop IR does not allow
    @Override
    public void launch(List<? extends Buffer> arguments, int n, int position) {
        int expected = program.parameters().size();
        if (arguments.size() != expected)
            throw new IllegalArgumentException(String.format(ROOT, "%s takes %d buffers, not %d", name(), expected, arguments.size()));
        int[] scalars = program.scalars().stream()
                .mapToInt(scalar -> scalar.of(name(), n, position))
                .toArray();
        List<MemorySegment> memory =
                IntStream.range(0, expected).mapToObj(i -> ReferenceBuffer.of(arguments, i)).toList();
        interpreter.launch(memory, scalars);
    }

    @Override
    public String listing() {
        return program.toString();
    }
}
