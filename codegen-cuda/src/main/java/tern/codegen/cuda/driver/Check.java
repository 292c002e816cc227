package tern.codegen.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import tern.codegen.cuda.GpuException;

/// Every call's CUresult comes through here.
final class Check {

    private Check() {}

    static void check(String call, int result) {
        check(call, result, "");
    }

    /// @param log what the driver wrote, or the circumstances
    /// @throws GpuException unless `result` is CUDA_SUCCESS
    static void check(String call, int result, String log) {
        if (result == 0) return;
        throw new GpuException(call, name(result), log.isBlank() ? text(result) : log);
    }

    /// `CUDA_ERROR_INVALID_PTX`.
    static String name(int result) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pointer = arena.allocate(ValueLayout.ADDRESS);
            return DeviceCalls.cuGetErrorName(result, pointer) == 0 ? string(pointer) : "CUresult " + result;
        }
    }

    /// The driver's sentence about a result.
    private static String text(int result) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pointer = arena.allocate(ValueLayout.ADDRESS);
            return DeviceCalls.cuGetErrorString(result, pointer) == 0 ? string(pointer) : "";
        }
    }

    private static String string(MemorySegment pointer) {
        return pointer.get(ValueLayout.ADDRESS, 0).reinterpret(1 << 16).getString(0);
    }
}
