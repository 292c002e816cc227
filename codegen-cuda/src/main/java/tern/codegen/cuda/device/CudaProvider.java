package tern.codegen.cuda.device;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.driver.CudaDriver;
import tern.codegen.cuda.ptx.Architecture;
import tern.ir.device.Device;
import tern.ir.device.DeviceException;

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
        return open(CudaDriver.card(Integer.parseInt(device)));
    }

    private static Device open(Gpu card) {
        try {
            return new GpuDevice(card);
        } catch (DeviceException e) {
            card.close();
            throw e;
        }
    }

    /// Those that are not too old.
    @Override
    public List<Device> open(int threads) {
        var devices = new ArrayList<Device>();
        for (Gpu card : CudaDriver.cards()) {
            if (card.numbers().capability() >= Architecture.OLDEST) devices.add(open(card));
            else card.close();
        }
        return devices;
    }
}
