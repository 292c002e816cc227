package tern.codegen.cuda.simulate;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.Gpu.Argument;
import tern.codegen.cuda.Gpu.Extent;
import tern.ir.target.Targets;

/// A simulated card with arrays in it.
final class Bench {

    final Simulator card = new Simulator(Targets.H200);

    long up(int... values) {
        return up(MemorySegment.ofArray(values));
    }

    long up(byte... values) {
        return up(MemorySegment.ofArray(values));
    }

    long up(long... values) {
        return up(MemorySegment.ofArray(values));
    }

    long up(float... values) {
        return up(MemorySegment.ofArray(values));
    }

    private long up(MemorySegment values) {
        long address = card.allocate(values.byteSize());
        card.write(address, values);
        return address;
    }

    int[] ints(long address, int count) {
        int[] values = new int[count];
        card.read(address, MemorySegment.ofArray(values));
        return values;
    }

    long[] longs(long address, int count) {
        long[] values = new long[count];
        card.read(address, MemorySegment.ofArray(values));
        return values;
    }

    float[] floats(long address, int count) {
        float[] values = new float[count];
        card.read(address, MemorySegment.ofArray(values));
        return values;
    }

    void launch(String ptx, String kernel, Extent grid, Extent block, int shared, long... arguments) {
        Gpu.Function function = card.load(ptx).function(kernel);
        List<Argument> values = new ArrayList<>();
        for (long argument : arguments) values.add(Argument.of(argument));
        try (Gpu.Stream stream = card.stream()) {
            stream.give(new Gpu.Launch(function, grid, block, shared, values));
            stream.await();
        }
    }
}
