package tern.codegen.jvm.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.List;
import tern.codegen.jvm.emit.Storage;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.codegen.machine.ExecutableMemory;
import tern.codegen.machine.FrameLayout;
import tern.codegen.machine.MachineCode;
import tern.ir.loop.Buf;

/// Machine code as the workers of a team run it: each with a frame of its own, the phases between barriers one after the other.
final class MachineBody implements Spmd {

    private final MemorySegment code;
    private final long[] entries;
    private final MemorySegment[] frames;
    /// From one worker's memory to the next, by buffer.
    private final long[] strides;

    /// @param workers that may enter
    MachineBody(MachineCode machine, int workers) {
        List<Buf> buffers = machine.program().buffers();
        code = ExecutableMemory.of(machine.bytes(), Arena.ofAuto());
        entries = machine.entries().stream().mapToLong(entry -> code.address() + entry).toArray();
        frames = new MemorySegment[workers];
        for (int i = 0; i < workers; i++) frames[i] = Arena.ofAuto().allocate(Storage.aligned(machine.frame()), 128);
        strides = buffers.stream()
                .mapToLong(buffer -> buffer.scope() == Buf.Scope.CORE ? Storage.stride(machine.program().name(), buffer) : 0)
                .toArray();
    }

    @Override
    public void run(int worker, int workers, Team team, long[] addresses, int n, int position) {
        MemorySegment frame = frames[worker];
        set(frame, FrameLayout.N, n);
        set(frame, FrameLayout.POSITION, position);
        set(frame, FrameLayout.PART, worker);
        set(frame, FrameLayout.PARTS, workers);
        for (int i = 0; i < strides.length; i++) set(frame, FrameLayout.BUFFERS + i, addresses[i] + worker * strides[i]);
        try {
            for (int phase = 0; phase < entries.length; phase++) {
                if (phase > 0) team.barrier();
                ExecutableMemory.call(entries[phase], frame.address());
                if (frame.getAtIndex(ValueLayout.JAVA_LONG, FrameLayout.STATUS) == FrameLayout.DIVIDED_BY_ZERO)
                    throw new ArithmeticException("/ by zero");
            }
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private static void set(MemorySegment frame, int number, long value) {
        frame.setAtIndex(ValueLayout.JAVA_LONG, number, value);
    }
}
