package tern.autotune.record;

import tern.ir.device.Device;

/// Where something was measured: everything that may change the result, apart from problem and candidate. Two environments are
/// alike only if all parts are equal.
///
/// @param processor the device's fingerprint: model, vector width, cores, caches, memory; or card and driver
/// @param jdk       build of the JVM that compiled the kernel
/// @param generation of the back end's emitter; raised when the code it makes changes
/// @param threads   cores in use
public record Environment(String processor, String jdk, String generation, int threads) {

    public static Environment of(Device device, int threads) {
        return new Environment(device.fingerprint(), Runtime.version().toString(), device.generation(), threads);
    }
}
