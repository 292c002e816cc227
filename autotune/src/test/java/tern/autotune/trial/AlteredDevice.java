package tern.autotune.trial;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;
import tern.ir.loop.Program;
import tern.ir.reference.ReferenceDevice;
import tern.ir.target.Target;

/// The reference device, but for what a test overrides.
class AlteredDevice implements Device {

    final ReferenceDevice device = new ReferenceDevice();

    @Override
    public Kernel compile(Program program) {
        return device.compile(program);
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

    /// A kernel that does something after each launch.
    record After(Kernel kernel, Consumer<List<? extends Buffer>> deed) implements Kernel {
        @Override
        public String name() {
            return kernel.name();
        }

        @Override
        public void launch(List<? extends Buffer> arguments, int n, int position) {
            kernel.launch(arguments, n, position);
            deed.accept(arguments);
        }

        @Override
        public String listing() {
            return kernel.listing();
        }
    }
}
