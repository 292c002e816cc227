package tern.runtime.cli.kernel;

import java.lang.foreign.MemorySegment;
import java.util.List;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Exporter;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;
import tern.ir.loop.Program;
import tern.ir.target.Target;

/// A machine that need not be here, to plan for: its programs are checked by an [Exporter], and cannot be run.
///
/// @param target what is planned for
record PlanningDevice(Target target, Exporter exporter) implements Device {

    @Override
    public Kernel compile(Program program) {
        exporter.check(program, target);
        return new Checked(program);
    }

    private record Checked(Program program) implements Kernel {
        @Override
        public String name() {
            return program.name();
        }

        @Override
        public void launch(List<? extends Buffer> arguments, int n, int position) {
            throw elsewhere();
        }

        @Override
        public String listing() {
            return program.toString();
        }
    }

    private static UnsupportedOperationException elsewhere() {
        return new UnsupportedOperationException("a kernel that was only planned");
    }

    @Override
    public Kernel compile(Op op) {
        throw elsewhere();
    }

    @Override
    public Buffer allocate(long bytes) {
        throw elsewhere();
    }

    @Override
    public Buffer share(MemorySegment host) {
        throw elsewhere();
    }

    @Override
    public Sequence sequence(List<Launch> launches) {
        throw elsewhere();
    }

    @Override
    public void await() {}

    @Override
    public void close() {}
}
