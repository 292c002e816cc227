package tern.codegen.cuda.device;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import tern.codegen.cuda.Gpu;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Program;

/// The number of tokens before those of a launch, in the card's memory. Kernels read it there, so that the launch of a token is that of
/// the token before it to the last byte, and one graph serves them all.
final class Position {

    private final Gpu.Stream stream;
    private final long address;
    private int value = -1;

    Position(Gpu gpu, Gpu.Stream stream) {
        this.stream = stream;
        address = gpu.allocate(256);
    }

    Gpu.Argument argument() {
        return Gpu.Argument.of(address);
    }

    /// For all launches that are given from now on.
    void set(int position) {
        if (position == value) return;
        stream.write(address, MemorySegment.ofArray(new int[] {position}));
        value = position;
    }

    /// The same program with the position in a buffer after its parameters, where it had it as a scalar.
    static Program inMemory(Program program) {
        var scalars = new ArrayList<>(program.scalars());
        Program.Scalar position = null;
        for (Program.Scalar scalar : program.scalars()) if (scalar.isPosition()) position = scalar;
        if (position == null) return program;
        scalars.remove(position);
        Buf buffer = Buf.in("position_in_memory", Element.I32, Expr.i32(1), position.values());
        var buffers = new ArrayList<>(program.parameters());
        buffers.add(buffer);
        program.buffers().stream().filter(one -> !one.isParameter()).forEach(buffers::add);
        var load = new Loop.Let(position.var(), Expr.load(buffer, Expr.i32(0), 1));
        return new Program(program.name(), program.source(), scalars, buffers, new Loop.Block(List.of(load, program.body())));
    }
}
