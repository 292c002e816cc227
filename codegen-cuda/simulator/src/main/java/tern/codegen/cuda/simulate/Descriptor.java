package tern.codegen.cuda.simulate;

import tern.codegen.cuda.simulate.Fault.Kind;
import tern.codegen.cuda.simulate.Fault.Trouble;
import tern.codegen.cuda.simulate.Memory.Space;

/// A matrix in shared memory as wgmma finds it, along k, 32 bytes a row (PTX ISA, "Asynchronous Warpgroup Level Matrix Shared Memory
/// Layout": "Matrix Descriptor Format", "Strides").
///
/// In units of 16 bytes a row is two chunks. Eight rows are a group; `stride` bytes lie from one group to the next. Without swizzle the
/// eight chunks of a group lie side by side, and `leading` bytes on the second ones; with a swizzle of 32, 64 or 128 bytes a
/// row begins that many bytes after the one before, its chunks side by side, and bits 4 and up of each address are changed by
/// those from 7 on.
final class Descriptor {

    private final Warp warp;
    private final int start;
    private final int leading;
    private final int stride;
    /// Bytes from a row to the next.
    private final int pitch;
    /// Bits of an address that are changed.
    private final int swizzled;

    /// @param slot of the 64-bit register, the same in all threads
    Descriptor(Warp warp, int slot) {
        this.warp = warp;
        long bits = warp.registers[slot * 32];
        for (int lane = 1; lane < 32; lane++)
            if (warp.registers[slot * 32 + lane] != bits)
                throw new Trouble(Kind.UNDEFINED, lane, "has another matrix descriptor than thread 0");
        start = (int) (bits & 0x3fff) << 4;
        leading = (int) (bits >>> 16 & 0x3fff) << 4;
        stride = (int) (bits >>> 32 & 0x3fff) << 4;
        if ((bits >>> 49 & 7) != 0) throw new Trouble(Kind.UNDEFINED, -1, "a matrix with a base offset is not supported by the simulator");
        // Bits 62 and 63: 0 none, 1 128 bytes, 2 64 bytes, 3 32 bytes.
        int mode = (int) (bits >>> 62);
        pitch = mode == 0 ? 16 : 256 >> mode;
        swizzled = mode == 0 ? 0 : pitch - 16 & 0x70;
    }

    private int chunk(int row, int half) {
        int address = start + row / 8 * stride + row % 8 * pitch + half * (swizzled == 0 ? leading : 16);
        return address ^ address >>> 3 & swizzled;
    }

    /// Reads rows as numbers.
    ///
    /// @param used receives the first byte of each chunk of 16 bytes in shared memory, from index `next` on
    void read(int first, int rows, Type type, double[] into, int[] used, int next) {
        int perChunk = 16 / type.bytes();
        for (int row = 0; row < rows; row++)
            for (int half = 0; half < 2; half++) {
                Memory chunk = Memory.access(warp, -1, Space.SHARED, chunk(first + row, half), 16, 16);
                warp.block.shared.readByProxy(warp, chunk.at(), 16);
                chunk.known(16);
                used[next + row * 2 + half] = chunk.at();
                for (int i = 0; i < perChunk; i++) {
                    long bits = chunk.get(i * type.bytes(), type.bytes());
                    into[(row * 2 + half) * perChunk + i] = type.isFloat() ? Rounding.value(type, bits) : type.extend(bits);
                }
            }
    }
}
