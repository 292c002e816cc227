package tern.runtime.cli.kernel;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import tern.autotune.trial.ChildRunner;
import tern.autotune.trial.TrialCommand;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.Prover;
import tern.ir.device.Device;
import tern.ir.reference.ReferenceDevice;
import tern.runtime.cli.option.Devices;

/// On what `tern verify` proves: the reference first, which sees what a program does wrong; then the others, which run only what was exact there.
/// The CPU is a process of its own, which may die of a kernel.
final class ProofDevices implements AutoCloseable {

    private static final String REFERENCE = "reference";

    private final Map<String, Prover> provers = new LinkedHashMap<>();
    private final Deque<Runnable> closing = new ArrayDeque<>();

    /// In order.
    Map<String, Prover> provers() {
        return Collections.unmodifiableMap(provers);
    }

    /// @param seed of its random weights
    void addReference(long seed) {
        var device = new ReferenceDevice(seed);
        closing.push(device::close);
        provers.put(REFERENCE, new ExactnessProof(device).remembering());
    }

    /// The CPU, where there is a back end for it.
    ///
    /// @param device  `cpu`, or one of its kinds of code: `cpu:machine`
    /// @param seconds that one proof may take
    void addCpu(String device, double seconds) {
        if (!Devices.isThere(Devices.CPU)) return;
        if (!device.equals(Devices.CPU)) Devices.open(device, 1).close(); // says what is wrong with the name
        var child = new ChildRunner(new TrialCommand(device, 0), seconds);
        closing.push(child::close);
        add(Devices.CPU, child);
    }

    /// A device of this process, closed with this.
    void add(String name, Device device) {
        add(device);
        add(name, new ExactnessProof(device));
    }

    /// Closes a device with this.
    void add(Device device) {
        closing.push(device::close);
    }

    private void add(String name, Prover prover) {
        Prover reference = provers.get(REFERENCE);
        provers.put(name, reference == null ? prover : prover.after(REFERENCE, reference));
    }

    @Override
    public void close() {
        while (!closing.isEmpty()) closing.pop().run();
    }
}
