package tern.codegen.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Modules, functions, occupancy, launches. Names and order of the arguments are cuda.h's; every function gives a CUresult.
final class ModuleCalls {

    private ModuleCalls() {}

    static final class cuModuleLoadDataEx {
        static final String SYMBOL = "cuModuleLoadDataEx";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT,
                ADDRESS, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuModuleLoadDataEx(MemorySegment module, MemorySegment image, int options, MemorySegment names,
            MemorySegment values) {
        try {
            return (int) cuModuleLoadDataEx.HANDLE.invokeExact(module, image, options, names, values);
        } catch (Throwable t) {
            throw Library.failed(cuModuleLoadDataEx.SYMBOL, t);
        }
    }

    static final class cuModuleUnload {
        static final String SYMBOL = "cuModuleUnload";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuModuleUnload(MemorySegment module) {
        try {
            return (int) cuModuleUnload.HANDLE.invokeExact(module);
        } catch (Throwable t) {
            throw Library.failed(cuModuleUnload.SYMBOL, t);
        }
    }

    static final class cuModuleGetFunction {
        static final String SYMBOL = "cuModuleGetFunction";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuModuleGetFunction(MemorySegment function, MemorySegment module, MemorySegment name) {
        try {
            return (int) cuModuleGetFunction.HANDLE.invokeExact(function, module, name);
        } catch (Throwable t) {
            throw Library.failed(cuModuleGetFunction.SYMBOL, t);
        }
    }

    static final class cuModuleGetGlobal {
        static final String SYMBOL = "cuModuleGetGlobal_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuModuleGetGlobal(MemorySegment address, MemorySegment bytes, MemorySegment module, MemorySegment name) {
        try {
            return (int) cuModuleGetGlobal.HANDLE.invokeExact(address, bytes, module, name);
        } catch (Throwable t) {
            throw Library.failed(cuModuleGetGlobal.SYMBOL, t);
        }
    }

    static final class cuFuncGetAttribute {
        static final String SYMBOL = "cuFuncGetAttribute";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuFuncGetAttribute(MemorySegment value, int attribute, MemorySegment function) {
        try {
            return (int) cuFuncGetAttribute.HANDLE.invokeExact(value, attribute, function);
        } catch (Throwable t) {
            throw Library.failed(cuFuncGetAttribute.SYMBOL, t);
        }
    }

    static final class cuFuncSetAttribute {
        static final String SYMBOL = "cuFuncSetAttribute";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuFuncSetAttribute(MemorySegment function, int attribute, int value) {
        try {
            return (int) cuFuncSetAttribute.HANDLE.invokeExact(function, attribute, value);
        } catch (Throwable t) {
            throw Library.failed(cuFuncSetAttribute.SYMBOL, t);
        }
    }

    static final class cuFuncSetCacheConfig {
        static final String SYMBOL = "cuFuncSetCacheConfig";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuFuncSetCacheConfig(MemorySegment function, int config) {
        try {
            return (int) cuFuncSetCacheConfig.HANDLE.invokeExact(function, config);
        } catch (Throwable t) {
            throw Library.failed(cuFuncSetCacheConfig.SYMBOL, t);
        }
    }

    static final class cuOccupancyMaxActiveBlocksPerMultiprocessor {
        static final String SYMBOL = "cuOccupancyMaxActiveBlocksPerMultiprocessor";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, JAVA_LONG);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuOccupancyMaxActiveBlocksPerMultiprocessor(MemorySegment blocks, MemorySegment function, int threads,
            long sharedBytes) {
        try {
            return (int) cuOccupancyMaxActiveBlocksPerMultiprocessor.HANDLE.invokeExact(blocks, function, threads, sharedBytes);
        } catch (Throwable t) {
            throw Library.failed(cuOccupancyMaxActiveBlocksPerMultiprocessor.SYMBOL, t);
        }
    }

    static final class cuLaunchKernel {
        static final String SYMBOL = "cuLaunchKernel";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT,
                JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuLaunchKernel(MemorySegment function, int gridX, int gridY, int gridZ, int blockX, int blockY, int blockZ,
            int sharedBytes, MemorySegment stream, MemorySegment parameters, MemorySegment extra) {
        try {
            return (int) cuLaunchKernel.HANDLE.invokeExact(function, gridX, gridY, gridZ, blockX, blockY, blockZ, sharedBytes,
                    stream, parameters, extra);
        } catch (Throwable t) {
            throw Library.failed(cuLaunchKernel.SYMBOL, t);
        }
    }

    static final class cuLaunchKernelEx {
        static final String SYMBOL = "cuLaunchKernelEx";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuLaunchKernelEx(MemorySegment config, MemorySegment function, MemorySegment parameters, MemorySegment extra) {
        try {
            return (int) cuLaunchKernelEx.HANDLE.invokeExact(config, function, parameters, extra);
        } catch (Throwable t) {
            throw Library.failed(cuLaunchKernelEx.SYMBOL, t);
        }
    }

    static final class cuTensorMapEncodeTiled {
        static final String SYMBOL = "cuTensorMapEncodeTiled";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT,
                ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuTensorMapEncodeTiled(MemorySegment map, int type, int rank, MemorySegment address,
            MemorySegment dimensions, MemorySegment strides, MemorySegment box, MemorySegment elementStrides, int interleave,
            int swizzle, int promotion, int fill) {
        try {
            return (int) cuTensorMapEncodeTiled.HANDLE.invokeExact(map, type, rank, address, dimensions, strides, box,
                    elementStrides, interleave, swizzle, promotion, fill);
        } catch (Throwable t) {
            throw Library.failed(cuTensorMapEncodeTiled.SYMBOL, t);
        }
    }
}
