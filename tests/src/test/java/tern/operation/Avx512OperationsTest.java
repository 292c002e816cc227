package tern.operation;

import java.util.List;
import tern.guest.GuestDevice;
import tern.ir.target.Isa;

/// With vectors of 512 bits, under Bochs.
class Avx512OperationsTest extends EmulatedOperations {

    @Override
    List<GuestDevice> open() {
        return List.of(GuestDevice.pc(Isa.AVX512, "corei7_skylake_x", 3), GuestDevice.pc(Isa.AVX512_VBMI, "tigerlake", 1));
    }

    @Override
    int most() {
        return 6;
    }
}
