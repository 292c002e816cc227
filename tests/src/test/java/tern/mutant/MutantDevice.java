package tern.mutant;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.Proved;
import tern.ir.device.Sequence;
import tern.ir.loop.Program;
import tern.ir.reference.Fault;
import tern.ir.reference.ReferenceDevice;
import tern.ir.target.Target;

/// The reference with the gate of real hardware in front, and products that are made wrong on their way to it.
final class MutantDevice implements Device {

    private final ReferenceDevice device = new ReferenceDevice();
    private final Mutation mutation;
    private final int way;
    /// What a program did that the gate let pass and that Loop IR does not allow.
    final List<String> faults = new ArrayList<>();

    MutantDevice(Mutation mutation, int way) {
        this.mutation = mutation;
        this.way = way;
    }

    @Override
    public Kernel compile(Program program) {
        boolean isProduct = Mutation.places(mutation.kind(), program) > mutation.place() && !program.name().startsWith("prepare");
        Kernel kernel = device.compile(isProduct ? Proved.of(mutation.of(program, way)).program() : program);
        return new Kernel() {
            @Override
            public String name() {
                return kernel.name();
            }

            @Override
            public void launch(List<? extends Buffer> arguments, int n, int position) {
                try {
                    kernel.launch(arguments, n, position);
                } catch (Fault e) {
                    faults.add(String.valueOf(e.getMessage()));
                    throw e;
                }
            }

            @Override
            public String listing() {
                return kernel.listing();
            }
        };
    }

    @Override
    public Target target() {
        return device.target();
    }

    @Override
    public Kernel compile(Op op) {
        return device.compile(op);
    }

    @Override
    public Buffer allocate(long bytes) {
        return device.allocate(bytes);
    }

    @Override
    public Buffer share(MemorySegment host) {
        return device.share(host);
    }

    @Override
    public Sequence sequence(List<Launch> launches) {
        return device.sequence(launches);
    }

    @Override
    public void await() {
        device.await();
    }

    @Override
    public void close() {
        device.close();
    }
}
