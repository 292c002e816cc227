package tern.codegen.cuda.device;

import java.util.List;
import tern.codegen.cuda.simulate.Simulator;
import tern.ir.device.Device;
import tern.ir.target.Target;
import tern.ir.target.Targets;

/// A simulated card for each preset.
public final class SimulatorProvider implements Device.Provider {

    /// For the service loader.
    public SimulatorProvider() {}

    @Override
    public String name() {
        return "simulator";
    }

    @Override
    public List<Device> open(int threads) {
        return Targets.all().stream()
                .filter(Target.Gpu.class::isInstance)
                .map(Target.Gpu.class::cast)
                .<Device>map(target -> new GpuDevice(new Simulator(target), target))
                .toList();
    }
}
