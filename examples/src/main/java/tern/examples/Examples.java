package tern.examples;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ServiceLoader;
import tern.ir.device.Device;
import tern.ir.text.Source;
import tern.ir.text.Tir;

/// What all examples begin with.
final class Examples {

    private Examples() {}

    /// A text that lies next to the examples.
    static Tir text(String name) throws IOException {
        return Tir.parse(new Source(name, new String(bytes(name), StandardCharsets.UTF_8)));
    }

    /// A file on the class path; its name is absolute, or that of a file next to the examples.
    static byte[] bytes(String name) throws IOException {
        try (InputStream in = Examples.class.getResourceAsStream(name)) {
            if (in == null) throw new IOException(name + " is not on the class path");
            return in.readAllBytes();
        }
    }

    /// The processor at hand, with the code that is best there. Back ends are found, never imported.
    static Device cpu() {
        return cpu("auto");
    }

    /// @param code what kernels become: `auto`, `machine` or `bytecode`
    static Device cpu(String code) {
        for (Device.Provider provider : ServiceLoader.load(Device.Provider.class))
            if (provider.name().equals("cpu")) return provider.open(code, 0);
        throw new IllegalStateException("no CPU back end is on the class path");
    }
}
