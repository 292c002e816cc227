package tern.codegen.jvm.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.codegen.jvm.emit.Storage;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.codegen.machine.ExecutableMemory;
import tern.codegen.machine.MachineCode;
import tern.codegen.machine.Names;
import tern.ir.loop.Buf;

/// Machine code as the workers of a team run it: each with a frame of its own, the phases between barriers one after the other, of each the parts that
/// the worker claims.
final class MachineBody implements Spmd {

    private final MemorySegment code;
    private final List<Phase> phases;
    private final MemorySegment[] frames;
    /// From one worker's memory to the next, by buffer.
    private final long[] strides;
    private final Team team;
    /// This kernel by itself, once it has been launched so.
    private @Nullable MachineSteps alone;

    /// @param team that may enter
    MachineBody(MachineCode machine, Team team) {
        this.team = team;
        List<Buf> buffers = machine.program().buffers();
        code = ExecutableMemory.of(machine.bytes(), machine.program().name(), Arena.ofAuto());
        nameFunctions(machine);
        phases = machine.phases().stream()
                .map(phase -> new Phase(code.address() + phase.entry(), Trips.of(machine.program().name(), phase.loops())))
                .toList();
        frames = new MemorySegment[team.workers()];
        for (int i = 0; i < frames.length; i++) frames[i] = Arena.ofAuto().allocate(Storage.aligned(machine.frame()), 128);
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

    /// @param loops trips of its loops on cores; null where each worker calls it once
    record Phase(long entry, @Nullable Trips loops) {

        /// Whether [#trips] depends on a launch's numbers.
        boolean varies() {
            return loops != null && loops.varies();
        }

        /// Parts that workers claim, -1 where each worker calls it once.
        int trips(int n, int position) {
            return loops == null ? -1 : loops.at(n, position);
        }
    }

    List<Phase> phases() {
        return phases;
    }

    /// Address of a worker's.
    long frame(int worker) {
        return frames[worker].address();
    }

    /// How many buffers it has.
    int buffers() {
        return strides.length;
    }

    /// @param addresses those of worker 0
    /// @param own       a worker's (out)
    void addresses(int worker, long[] addresses, long[] own) {
        for (int i = 0; i < strides.length; i++) own[i] = addresses[i] + worker * strides[i];
    }

    @Override
    public String code() {
        return "machine code";
    }

    @Override
    public void prepare(long[] addresses, int n, int position) {
        if (alone == null) alone = new MachineSteps(List.of(this), team);
        alone.bind(0, addresses);
        alone.prepare(addresses, n, position);
    }

    @Override
    public void run(int worker, int workers, Team team, long[] addresses, int n, int position) {
        if (alone == null) throw new IllegalStateException("nobody has prepared the launch");
        alone.run(worker, workers, team, addresses, n, position);
    }
}
