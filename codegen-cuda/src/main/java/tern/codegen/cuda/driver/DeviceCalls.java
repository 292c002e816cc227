package tern.codegen.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Initialisation, errors, devices, primary contexts. Names and order of the arguments are cuda.h's; every function gives a CUresult.
final class DeviceCalls {

    private DeviceCalls() {}

    static final class cuInit {
        static final String SYMBOL = "cuInit";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuInit(int flags) {
        try {
            return (int) cuInit.HANDLE.invokeExact(flags);
        } catch (Throwable t) {
            throw Library.failed(cuInit.SYMBOL, t);
        }
    }

    static final class cuDriverGetVersion {
        static final String SYMBOL = "cuDriverGetVersion";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuDriverGetVersion(MemorySegment version) {
        try {
            return (int) cuDriverGetVersion.HANDLE.invokeExact(version);
        } catch (Throwable t) {
            throw Library.failed(cuDriverGetVersion.SYMBOL, t);
        }
    }

    static final class cuGetErrorName {
        static final String SYMBOL = "cuGetErrorName";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuGetErrorName(int error, MemorySegment name) {
        try {
            return (int) cuGetErrorName.HANDLE.invokeExact(error, name);
        } catch (Throwable t) {
            throw Library.failed(cuGetErrorName.SYMBOL, t);
        }
    }

    static final class cuGetErrorString {
        static final String SYMBOL = "cuGetErrorString";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuGetErrorString(int error, MemorySegment text) {
        try {
            return (int) cuGetErrorString.HANDLE.invokeExact(error, text);
        } catch (Throwable t) {
            throw Library.failed(cuGetErrorString.SYMBOL, t);
        }
    }

    static final class cuDeviceGetCount {
        static final String SYMBOL = "cuDeviceGetCount";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuDeviceGetCount(MemorySegment count) {
        try {
            return (int) cuDeviceGetCount.HANDLE.invokeExact(count);
        } catch (Throwable t) {
            throw Library.failed(cuDeviceGetCount.SYMBOL, t);
        }
    }

    static final class cuDeviceGet {
        static final String SYMBOL = "cuDeviceGet";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuDeviceGet(MemorySegment device, int ordinal) {
        try {
            return (int) cuDeviceGet.HANDLE.invokeExact(device, ordinal);
        } catch (Throwable t) {
            throw Library.failed(cuDeviceGet.SYMBOL, t);
        }
    }

    static final class cuDeviceGetName {
        static final String SYMBOL = "cuDeviceGetName";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuDeviceGetName(MemorySegment name, int length, int device) {
        try {
            return (int) cuDeviceGetName.HANDLE.invokeExact(name, length, device);
        } catch (Throwable t) {
            throw Library.failed(cuDeviceGetName.SYMBOL, t);
        }
    }

    static final class cuDeviceGetUuid {
        static final String SYMBOL = "cuDeviceGetUuid_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuDeviceGetUuid(MemorySegment uuid, int device) {
        try {
            return (int) cuDeviceGetUuid.HANDLE.invokeExact(uuid, device);
        } catch (Throwable t) {
            throw Library.failed(cuDeviceGetUuid.SYMBOL, t);
        }
    }

    static final class cuDeviceGetAttribute {
        static final String SYMBOL = "cuDeviceGetAttribute";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuDeviceGetAttribute(MemorySegment value, int attribute, int device) {
        try {
            return (int) cuDeviceGetAttribute.HANDLE.invokeExact(value, attribute, device);
        } catch (Throwable t) {
            throw Library.failed(cuDeviceGetAttribute.SYMBOL, t);
        }
    }

    static final class cuDeviceTotalMem {
        static final String SYMBOL = "cuDeviceTotalMem_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuDeviceTotalMem(MemorySegment bytes, int device) {
        try {
            return (int) cuDeviceTotalMem.HANDLE.invokeExact(bytes, device);
        } catch (Throwable t) {
            throw Library.failed(cuDeviceTotalMem.SYMBOL, t);
        }
    }

    static final class cuDeviceCanAccessPeer {
        static final String SYMBOL = "cuDeviceCanAccessPeer";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuDeviceCanAccessPeer(MemorySegment can, int device, int peer) {
        try {
            return (int) cuDeviceCanAccessPeer.HANDLE.invokeExact(can, device, peer);
        } catch (Throwable t) {
            throw Library.failed(cuDeviceCanAccessPeer.SYMBOL, t);
        }
    }

    static final class cuDevicePrimaryCtxRetain {
        static final String SYMBOL = "cuDevicePrimaryCtxRetain";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuDevicePrimaryCtxRetain(MemorySegment context, int device) {
        try {
            return (int) cuDevicePrimaryCtxRetain.HANDLE.invokeExact(context, device);
        } catch (Throwable t) {
            throw Library.failed(cuDevicePrimaryCtxRetain.SYMBOL, t);
        }
    }

    static final class cuDevicePrimaryCtxRelease {
        static final String SYMBOL = "cuDevicePrimaryCtxRelease_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuDevicePrimaryCtxRelease(int device) {
        try {
            return (int) cuDevicePrimaryCtxRelease.HANDLE.invokeExact(device);
        } catch (Throwable t) {
            throw Library.failed(cuDevicePrimaryCtxRelease.SYMBOL, t);
        }
    }

    static final class cuCtxSetCurrent {
        static final String SYMBOL = "cuCtxSetCurrent";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuCtxSetCurrent(MemorySegment context) {
        try {
            return (int) cuCtxSetCurrent.HANDLE.invokeExact(context);
        } catch (Throwable t) {
            throw Library.failed(cuCtxSetCurrent.SYMBOL, t);
        }
    }

    static final class cuCtxSynchronize {
        static final String SYMBOL = "cuCtxSynchronize";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuCtxSynchronize() {
        try {
            return (int) cuCtxSynchronize.HANDLE.invokeExact();
        } catch (Throwable t) {
            throw Library.failed(cuCtxSynchronize.SYMBOL, t);
        }
    }

    static final class cuCtxEnablePeerAccess {
        static final String SYMBOL = "cuCtxEnablePeerAccess";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuCtxEnablePeerAccess(MemorySegment peer, int flags) {
        try {
            return (int) cuCtxEnablePeerAccess.HANDLE.invokeExact(peer, flags);
        } catch (Throwable t) {
            throw Library.failed(cuCtxEnablePeerAccess.SYMBOL, t);
        }
    }
}
