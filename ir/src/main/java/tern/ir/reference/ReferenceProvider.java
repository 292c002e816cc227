package tern.ir.reference;

import java.util.List;
import tern.ir.device.Device;

/// One reference device on every machine.
public final class ReferenceProvider implements Device.Provider {

    /// For the service loader.
    public ReferenceProvider() {}

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public List<Device> open(int threads) {
        return List.of(new ReferenceDevice());
    }
}
