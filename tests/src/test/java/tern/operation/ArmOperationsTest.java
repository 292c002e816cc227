package tern.operation;

import java.util.List;
import tern.guest.GuestDevice;
import tern.ir.target.Isa;

/// For AArch64, under qemu.
class ArmOperationsTest extends EmulatedOperations {

    @Override
    List<GuestDevice> open() {
        return List.of(GuestDevice.arm(Isa.NEON, "cortex-a57", 3), GuestDevice.arm(Isa.NEON_I8MM, "max", 1));
    }

    @Override
    int most() {
        return Integer.MAX_VALUE;
    }
}
