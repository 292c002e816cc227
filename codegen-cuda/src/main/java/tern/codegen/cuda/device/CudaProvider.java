package tern.codegen.cuda.device;

import java.util.List;
import java.util.stream.IntStream;
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

    /// `0`, `1`, ...
    @Override
    public List<String> devices() {
        return IntStream.range(0, CudaDriver.count()).mapToObj(String::valueOf).toList();
    }

    @Override
    public String absence() {
        return CudaDriver.absence().orElse("there is a card") + ": it comes with NVIDIA's driver; --device cpu needs none";
    }

    @Override
    public Device open(String device, int threads) {
        return new GpuDevice(CudaDriver.card(Integer.parseInt(device)));
    }

    @Override
    public List<Device> open(int threads) {
        return CudaDriver.cards().stream().<Device>map(GpuDevice::new).toList();
    }
}
