package tern.codegen.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Memory of the card and of the host, copies. Names and order of the arguments are cuda.h's; every function gives a CUresult.
final class MemoryCalls {

    private MemoryCalls() {}

    static final class cuMemGetInfo {
        static final String SYMBOL = "cuMemGetInfo_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuMemGetInfo(MemorySegment free, MemorySegment total) {
        try {
            return (int) cuMemGetInfo.HANDLE.invokeExact(free, total);
        } catch (Throwable t) {
            throw Library.failed(cuMemGetInfo.SYMBOL, t);
        }
    }

    static final class cuMemAlloc {
        static final String SYMBOL = "cuMemAlloc_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuMemAlloc(MemorySegment address, long bytes) {
        try {
            return (int) cuMemAlloc.HANDLE.invokeExact(address, bytes);
        } catch (Throwable t) {
            throw Library.failed(cuMemAlloc.SYMBOL, t);
        }
    }

    static final class cuMemFree {
        static final String SYMBOL = "cuMemFree_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, JAVA_LONG);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuMemFree(long address) {
        try {
            return (int) cuMemFree.HANDLE.invokeExact(address);
        } catch (Throwable t) {
            throw Library.failed(cuMemFree.SYMBOL, t);
        }
    }

    static final class cuMemAllocHost {
        static final String SYMBOL = "cuMemAllocHost_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuMemAllocHost(MemorySegment pointer, long bytes) {
        try {
            return (int) cuMemAllocHost.HANDLE.invokeExact(pointer, bytes);
        } catch (Throwable t) {
            throw Library.failed(cuMemAllocHost.SYMBOL, t);
        }
    }

    static final class cuMemFreeHost {
        static final String SYMBOL = "cuMemFreeHost";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuMemFreeHost(MemorySegment pointer) {
        try {
            return (int) cuMemFreeHost.HANDLE.invokeExact(pointer);
        } catch (Throwable t) {
            throw Library.failed(cuMemFreeHost.SYMBOL, t);
        }
    }

    static final class cuMemHostRegister {
        static final String SYMBOL = "cuMemHostRegister_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuMemHostRegister(MemorySegment pointer, long bytes, int flags) {
        try {
            return (int) cuMemHostRegister.HANDLE.invokeExact(pointer, bytes, flags);
        } catch (Throwable t) {
            throw Library.failed(cuMemHostRegister.SYMBOL, t);
        }
    }

    static final class cuMemHostUnregister {
        static final String SYMBOL = "cuMemHostUnregister";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuMemHostUnregister(MemorySegment pointer) {
        try {
            return (int) cuMemHostUnregister.HANDLE.invokeExact(pointer);
        } catch (Throwable t) {
            throw Library.failed(cuMemHostUnregister.SYMBOL, t);
        }
    }

    static final class cuMemcpyHtoD {
        static final String SYMBOL = "cuMemcpyHtoD_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuMemcpyHtoD(long to, MemorySegment from, long bytes) {
        try {
            return (int) cuMemcpyHtoD.HANDLE.invokeExact(to, from, bytes);
        } catch (Throwable t) {
            throw Library.failed(cuMemcpyHtoD.SYMBOL, t);
        }
    }

    static final class cuMemcpyDtoH {
        static final String SYMBOL = "cuMemcpyDtoH_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuMemcpyDtoH(MemorySegment to, long from, long bytes) {
        try {
            return (int) cuMemcpyDtoH.HANDLE.invokeExact(to, from, bytes);
        } catch (Throwable t) {
            throw Library.failed(cuMemcpyDtoH.SYMBOL, t);
        }
    }

    static final class cuMemcpyDtoD {
        static final String SYMBOL = "cuMemcpyDtoD_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuMemcpyDtoD(long to, long from, long bytes) {
        try {
            return (int) cuMemcpyDtoD.HANDLE.invokeExact(to, from, bytes);
        } catch (Throwable t) {
            throw Library.failed(cuMemcpyDtoD.SYMBOL, t);
        }
    }

    static final class cuMemcpyHtoDAsync {
        static final String SYMBOL = "cuMemcpyHtoDAsync_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuMemcpyHtoDAsync(long to, MemorySegment from, long bytes, MemorySegment stream) {
        try {
            return (int) cuMemcpyHtoDAsync.HANDLE.invokeExact(to, from, bytes, stream);
        } catch (Throwable t) {
            throw Library.failed(cuMemcpyHtoDAsync.SYMBOL, t);
        }
    }

    static final class cuMemcpyDtoHAsync {
        static final String SYMBOL = "cuMemcpyDtoHAsync_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuMemcpyDtoHAsync(MemorySegment to, long from, long bytes, MemorySegment stream) {
        try {
            return (int) cuMemcpyDtoHAsync.HANDLE.invokeExact(to, from, bytes, stream);
        } catch (Throwable t) {
            throw Library.failed(cuMemcpyDtoHAsync.SYMBOL, t);
        }
    }

    static final class cuMemcpyDtoDAsync {
        static final String SYMBOL = "cuMemcpyDtoDAsync_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuMemcpyDtoDAsync(long to, long from, long bytes, MemorySegment stream) {
        try {
            return (int) cuMemcpyDtoDAsync.HANDLE.invokeExact(to, from, bytes, stream);
        } catch (Throwable t) {
            throw Library.failed(cuMemcpyDtoDAsync.SYMBOL, t);
        }
    }

    static final class cuMemcpyPeerAsync {
        static final String SYMBOL = "cuMemcpyPeerAsync";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG,
                ADDRESS, JAVA_LONG, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuMemcpyPeerAsync(long to, MemorySegment toContext, long from, MemorySegment fromContext, long bytes,
            MemorySegment stream) {
        try {
            return (int) cuMemcpyPeerAsync.HANDLE.invokeExact(to, toContext, from, fromContext, bytes, stream);
        } catch (Throwable t) {
            throw Library.failed(cuMemcpyPeerAsync.SYMBOL, t);
        }
    }

    static final class cuMemsetD8 {
        static final String SYMBOL = "cuMemsetD8_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_BYTE, JAVA_LONG);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuMemsetD8(long address, byte value, long count) {
        try {
            return (int) cuMemsetD8.HANDLE.invokeExact(address, value, count);
        } catch (Throwable t) {
            throw Library.failed(cuMemsetD8.SYMBOL, t);
        }
    }

    static final class cuMemsetD8Async {
        static final String SYMBOL = "cuMemsetD8Async";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_BYTE, JAVA_LONG, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuMemsetD8Async(long address, byte value, long count, MemorySegment stream) {
        try {
            return (int) cuMemsetD8Async.HANDLE.invokeExact(address, value, count, stream);
        } catch (Throwable t) {
            throw Library.failed(cuMemsetD8Async.SYMBOL, t);
        }
    }
}
