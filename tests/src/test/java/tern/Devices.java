package tern;

import java.util.ServiceLoader;
import org.junit.jupiter.api.Assumptions;
import tern.ir.device.Device;
import tern.ir.device.DeviceException;

/// The devices under test, found as the product finds them.
final class Devices {

    private Devices() {}

    /// @param name perhaps with one of a kind's devices after a colon
    static Device open(String name, int threads) {
        int colon = name.indexOf(':');
        for (Device.Provider provider : ServiceLoader.load(Device.Provider.class))
            if (provider.name().equals(colon < 0 ? name : name.substring(0, colon)))
                return colon < 0 ? provider.open(threads).getFirst() : provider.open(name.substring(colon + 1), threads);
        throw new AssertionError("no device named " + name);
    }

    /// The CPU with machine code; where there can be none, the test is skipped and says why.
    static Device machineCode(int threads) {
        try {
            return open("cpu:machine", threads);
        } catch (DeviceException e) {
            return Assumptions.abort(e.getMessage());
        }
    }
}
