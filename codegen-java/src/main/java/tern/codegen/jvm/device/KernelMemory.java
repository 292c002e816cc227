package tern.codegen.jvm.device;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import tern.codegen.jvm.emit.Lane;
import tern.codegen.jvm.emit.Storage;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Program;

/// Constants and scratch of one kernel, in the order of the program's buffers; last the constants of the code itself.
///
/// @param addresses of each, [Buf.Scope#CORE] scratch that of worker 0
/// @param memory    what they lie in, to be kept alive
record KernelMemory(long[] addresses, List<CpuBuffer> memory) {

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Lends scratch memory: launches do not overlap, so that all kernels of a device may use the same.
    interface ScratchPool {
        CpuBuffer atLeast(long bytes);
    }

    /// @param codeConstants that the code loads
    static KernelMemory of(Program program, byte[] codeConstants, int workers, ScratchPool pool) {
        List<Buf> own = program.buffers().stream().filter(buffer -> !buffer.isParameter()).toList();
        long[] offsets = new long[own.size()];
        long constantBytes = 0, scratchBytes = 0;
        for (int i = 0; i < offsets.length; i++) {
            Buf buffer = own.get(i);
            long stride = Storage.stride(program.name(), buffer);
            boolean constant = buffer.scope() == Buf.Scope.CONSTANT;
            offsets[i] = constant ? constantBytes : scratchBytes;
            if (constant) constantBytes += stride;
            else scratchBytes += buffer.scope() == Buf.Scope.CORE ? stride * workers : stride;
        }
        CpuBuffer constants = CpuBuffer.allocate(constantBytes + codeConstants.length);
        CpuBuffer scratch = pool.atLeast(scratchBytes);
        long[] addresses = new long[offsets.length + 1];
        for (int i = 0; i < offsets.length; i++) {
            boolean constant = own.get(i).scope() == Buf.Scope.CONSTANT;
            addresses[i] = (constant ? constants : scratch).address() + offsets[i];
            if (constant) fill(constants.segment().asSlice(offsets[i]), own.get(i));
        }
        constants.write(constantBytes, MemorySegment.ofArray(codeConstants));
        addresses[offsets.length] = constants.address() + constantBytes;
        return new KernelMemory(addresses, List.of(constants, scratch));
    }

    private static void fill(MemorySegment target, Buf buffer) {
        List<Integer> data = buffer.data();
        if (data == null) throw new IllegalArgumentException("the constants of " + buffer + " are missing");
        Element element = buffer.element();
        for (int i = 0; i < data.size(); i++) {
            int value = data.get(i);
            switch (Lane.of(element)) {
                case BYTE -> target.set(ValueLayout.JAVA_BYTE, i, (byte) value);
                case SHORT -> target.setAtIndex(SHORT, i, (short) value);
                case INT -> target.setAtIndex(INT, i, value);
                case LONG -> target.setAtIndex(LONG, i, value);
                case FLOAT -> target.setAtIndex(FLOAT, i, value);
            }
        }
    }

    long bytes() {
        return memory.stream().mapToLong(CpuBuffer::bytes).sum();
    }
}
