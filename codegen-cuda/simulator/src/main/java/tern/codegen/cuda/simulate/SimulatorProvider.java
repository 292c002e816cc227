package tern.codegen.cuda.simulate;

import java.util.List;
import java.util.stream.Stream;
import tern.codegen.cuda.device.GpuDevice;
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

    /// `h200`, ...
    @Override
    public List<String> devices() {
        return targets().map(Target::name).toList();
    }

    @Override
    public Device open(String device, int threads) {
        return targets().filter(target -> target.name().equals(device)).map(SimulatorProvider::open).findFirst().orElseThrow();
    }

    @Override
    public List<Device> open(int threads) {
        return targets().map(SimulatorProvider::open).toList();
    }

    private static Stream<Target.Gpu> targets() {
        return Targets.all().stream().filter(Target.Gpu.class::isInstance).map(Target.Gpu.class::cast);
    }

    private static Device open(Target.Gpu target) {
        return new GpuDevice(new Simulator(target), target);
    }
}
