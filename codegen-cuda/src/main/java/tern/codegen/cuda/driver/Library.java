package tern.codegen.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tern.codegen.cuda.GpuException;

/// libcuda, if this machine has it. Nothing here fails where it has not: only a call does, and says so.
final class Library {

    static final String ABSENT = "no CUDA driver found";

    /// Where a driver puts it: as the loader finds it, in WSL, on Windows.
    private static final List<String> NAMES = List.of("libcuda.so.1", "libcuda.so", "/usr/lib/wsl/lib/libcuda.so.1", "nvcuda.dll");

    /// What drivers before CUDA 12.8 have instead, with the same arguments.
    private static final Map<String, String> OLDER = Map.of("cuEventElapsedTime_v2", "cuEventElapsedTime");

    private Library() {}

    /// Looked for when the first function is.
    private static final class Loaded {
        static final Optional<SymbolLookup> LIBRARY = load();
    }

    private static Optional<SymbolLookup> load() {
        for (String name : NAMES) {
            try {
                return Optional.of(SymbolLookup.libraryLookup(name, Arena.global()));
            } catch (IllegalArgumentException e) {
                // Not under this name.
            }
        }
        return Optional.empty();
    }

    static boolean isPresent() {
        return Loaded.LIBRARY.isPresent();
    }

    /// Address of a function, NULL if there is none.
    static MemorySegment find(String symbol) {
        return Loaded.LIBRARY
                .flatMap(library -> library.find(symbol).or(() -> Optional.ofNullable(OLDER.get(symbol)).flatMap(library::find)))
                .orElse(MemorySegment.NULL);
    }

    /// What calls it, or what throws if there is none.
    static MethodHandle handle(String symbol, MemorySegment address, FunctionDescriptor descriptor) {
        if (!address.equals(MemorySegment.NULL)) return Linker.nativeLinker().downcallHandle(address, descriptor);
        MethodType type = descriptor.toMethodType();
        String reason = isPresent() ? "the CUDA driver has no " + symbol + ": it is too old" : ABSENT;
        var thrown = new GpuException(symbol, "CUDA_ERROR_NOT_FOUND", reason);
        MethodHandle throwing = MethodHandles.throwException(type.returnType(), GpuException.class).bindTo(thrown);
        return MethodHandles.dropArguments(throwing, 0, type.parameterList());
    }

    /// What a call threw, as what may be thrown.
    static RuntimeException failed(String symbol, Throwable thrown) {
        return switch (thrown) {
            // A new one, with the trace of this call.
            case GpuException e -> new GpuException(e.call(), e.result(), e.log());
            case RuntimeException e -> e;
            case Error e -> throw e;
            default -> new IllegalStateException(symbol, thrown);
        };
    }
}
