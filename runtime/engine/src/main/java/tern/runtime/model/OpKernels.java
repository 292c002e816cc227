package tern.runtime.model;

import java.util.HashMap;
import java.util.Map;
import tern.ir.Op;
import tern.ir.device.Device;
import tern.ir.device.Kernel;

/// The kernels of a device for operations, each compiled when it is first asked for and once.
final class OpKernels {

    private final Device device;
    private final Map<Op, Kernel> kernels = new HashMap<>();

    OpKernels(Device device) {
        this.device = device;
    }

    synchronized Kernel of(Op op) {
        return kernels.computeIfAbsent(op, device::compile);
    }
}
