package tern.codegen.cuda.device;

import java.util.List;
import tern.codegen.cuda.driver.CudaDriver;
import tern.ir.device.Device;

/// The NVIDIA cards of this machine; none where there is no driver.
public final class CudaProvider implements Device.Provider {

    /// For the service loader.
    public CudaProvider() {}

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public List<Device> open(int threads) {
        return CudaDriver.cards().stream().<Device>map(GpuDevice::new).toList();
    }
}
