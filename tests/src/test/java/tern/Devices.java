package tern;

import java.util.ServiceLoader;
import tern.ir.device.Device;

/// The devices under test, found as the product finds them.
final class Devices {

    private Devices() {}

    static Device open(String name, int threads) {
        for (Device.Provider provider : ServiceLoader.load(Device.Provider.class))
            if (provider.name().equals(name)) return provider.open(threads).getFirst();
        throw new AssertionError("no device named " + name);
    }
}
