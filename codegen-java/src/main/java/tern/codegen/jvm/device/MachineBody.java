package tern.codegen.jvm.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.codegen.jvm.emit.Storage;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.codegen.machine.ExecutableMemory;
import tern.codegen.machine.FrameLayout;
import tern.codegen.machine.MachineCode;
import tern.codegen.machine.Names;
import tern.ir.loop.Buf;

/// Machine code as the workers of a team run it: each with a frame of its own, the phases between barriers one after the
/// other, of each the parts that the worker claims.
final class MachineBody implements Spmd {

    private final MemorySegment code;
    private final Phase[] phases;
    private final MemorySegment[] frames;
    /// What a call finds in its frame, by worker: written in one go, since each access to memory outside the heap costs the interpreter dear.
    private final long[][] given;
    /// From one worker's memory to the next, by buffer.
    private final long[] strides;

    /// @param workers that may enter
    MachineBody(MachineCode machine, int workers) {
        List<Buf> buffers = machine.program().buffers();
        code = ExecutableMemory.of(machine.bytes(), machine.program().name(), Arena.ofAuto());
        nameFunctions(machine);
        phases = machine.phases().stream()
                .map(phase -> new Phase(code.address() + phase.entry(), Trips.of(machine.program().name(), phase.loops())))
                .toArray(Phase[]::new);
        frames = new MemorySegment[workers];
        for (int i = 0; i < workers; i++) frames[i] = Arena.ofAuto().allocate(Storage.aligned(machine.frame()), 128);
        given = new long[workers][FrameLayout.BUFFERS + buffers.size()];
        strides = buffers.stream()
                .mapToLong(buffer -> buffer.scope() == Buf.Scope.CORE ? Storage.stride(machine.program().name(), buffer) : 0)
                .toArray();
    }

    private void nameFunctions(MachineCode machine) {
        List<MachineCode.Phase> all = machine.phases();
        for (int i = 0; i < all.size(); i++) {
            int entry = all.get(i).entry(), end = i + 1 < all.size() ? all.get(i + 1).entry() : machine.bytes().length;
            Names.function(code.address() + entry, end - entry, machine.program().name() + (all.size() > 1 ? "/" + i : ""));
        }
    }

    /// @param trips of its loops on cores; null where each worker calls it once
    private record Phase(long entry, @Nullable Trips trips) {}

    @Override
    public String code() {
        return "machine code";
    }

    @Override
    public void run(int worker, int workers, Team team, long[] addresses, int n, int position) {
        long[] own = given[worker];
        own[FrameLayout.N] = n;
        own[FrameLayout.POSITION] = position;
        for (int i = 0; i < strides.length; i++) own[FrameLayout.BUFFERS + i] = addresses[i] + worker * strides[i];
        try {
            for (int i = 0; i < phases.length; i++) {
                if (i > 0) team.barrier();
                Trips trips = phases[i].trips;
                if (trips == null) call(phases[i], worker, worker, worker + 1, workers);
                else claim(phases[i], trips.at(n, position), worker, team);
            }
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private void claim(Phase phase, int trips, int worker, Team team) {
        for (long run = team.claim(worker, trips); run != Team.NONE; run = team.claim(worker, trips))
            call(phase, worker, (int) (run >>> 32), (int) run, trips);
    }

    private void call(Phase phase, int worker, int part, int end, int parts) {
        MemorySegment frame = frames[worker];
        long[] own = given[worker];
        own[FrameLayout.PART] = part;
        own[FrameLayout.END] = end;
        own[FrameLayout.PARTS] = parts;
        MemorySegment.copy(own, 0, frame, ValueLayout.JAVA_LONG, 0, own.length);
        ExecutableMemory.call(phase.entry, frame.address());
        if (frame.getAtIndex(ValueLayout.JAVA_LONG, FrameLayout.STATUS) == FrameLayout.DIVIDED_BY_ZERO) throw new ArithmeticException("/ by zero");
    }
}
