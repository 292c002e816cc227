package tern.codegen.jvm;

import java.util.List;
import tern.ir.device.Device;

/// The one CPU device of this machine.
public final class CpuProvider implements Device.Provider {

    /// For the service loader.
    public CpuProvider() {}

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public List<Device> open(int threads) {
        return List.of(new CpuDevice(threads));
    }
}
