package tern.ir.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import tern.ir.Op;
import tern.ir.loop.Program;
import tern.ir.target.Isa;
import tern.ir.target.Target;

/// One processor that can compile a lowered kernel, hold memory and run: all that the runtime and the tuner know of a
/// back end. A device is used by one thread at a time.
public interface Device extends AutoCloseable {

    /// Bytes; of [#hostMemory].
    int HOST_ALIGNMENT = 64;

    /// What this processor is, as numbers.
    Target target();

    /// Everything about this processor that may change how fast a kernel is, on one line: model, vector width, cores, caches,
    /// memory; or card and driver. Parts are a name, a blank and a value, with `; ` between them.
    default String fingerprint() {
        return target().name();
    }

    /// Of the code that this back end makes: another string whenever the same program may give other code, see [CodeDigest].
    default String generation() {
        return "1";
    }

    /// Lets code that was made, and proved, be kept on disk for later processes. A folder that cannot be used costs time, no more.
    ///
    /// @param folder of the user's caches
    default void keepCode(Path folder) {}

    /// Code for a lowered program.
    ///
    /// @throws CompileException if this back end cannot express it, or runs on real hardware and it is not [Proved]
    Kernel compile(Program program);

    /// The same with these instructions alone. Where programs do not become instructions of such a kind, it is the same.
    ///
    /// @param isa null for all that the processor has
    /// @throws CompileException as above, or if the processor lacks them
    default Kernel compile(Program program, @Nullable Isa isa) {
        return compile(program);
    }

    /// Code for a part of the transformer; see [Op] for the arguments.
    ///
    /// @throws CompileException if this back end has none
    Kernel compile(Op op);

    /// Zeroed memory, aligned to 64 bytes, freed with the device. The 64 bytes after it may be read.
    Buffer allocate(long bytes);

    /// Zeroed memory of the host for bytes that kernels read often and [#share] then takes as they are: weights. On a CPU in the largest pages
    /// that the system gives.
    ///
    /// @param arena that frees it
    /// @throws OutOfMemoryError if there is not so much
    default MemorySegment hostMemory(long bytes, Arena arena) {
        return arena.allocate(bytes, HOST_ALIGNMENT);
    }

    /// Read-only bytes of the host, such as a mapped file, as a buffer: where they lie if the device can read them
    /// there (the segment must then stay open as long as the device), else copied. Programs may read up to 64 bytes after it, so `host` must be followed
    /// by that many readable bytes.
    Buffer share(MemorySegment host);

    /// Prepares launches to be run as one.
    Sequence sequence(List<Launch> launches);

    /// What is going to run.
    ///
    /// @param sequence of this device
    /// @param n        tokens of a run
    /// @param position tokens before them
    record WarmUpRun(Sequence sequence, int n, int position) {}

    /// Makes sequences run at full speed from their next run on. Where code is compiled while it runs, parts of them are run now, so that
    /// all buffers that they write hold undefined values afterwards.
    ///
    /// @param progress told per mille
    default void warmUp(List<WarmUpRun> runs, LongConsumer progress) {}

    /// Waits until every kernel has finished.
    void await();

    /// Sustained read bandwidth of the memory that weights lie in, bytes per second, measured now with all cores of this
    /// device; where a device cannot measure it, what its target says.
    default double measureReadBandwidth() {
        return target().memoryBytesPerSecond();
    }

    /// Whether a kernel really runs on vector instructions, seen by launching it for a moment with `n` tokens. A compiler of
    /// a device may fall back to slower code without a word; this is how to ask. True where there is no such compiler.
    default boolean isVectorised(Launch launch, int n) {
        return true;
    }

    /// Whether a kernel is as fast at its first launch as at later ones, so that even a few tokens are taken up together.
    default boolean isFastAtOnce() {
        return false;
    }

    /// Waits until the code of the kernels that were launched is made, where the device's compiler makes it while they run
    /// slowly.
    ///
    /// @return whether there was anything to wait for: what was measured before says little
    default boolean settle() {
        return false;
    }

    @Override
    void close();

    /// Found by [java.util.ServiceLoader]; one per back end.
    interface Provider {

        /// `cpu`, `cuda`, `reference`, `simulator`.
        String name();

        /// The names of single devices of this kind, for [#open(String, int)]; none if there are none here. Asking opens nothing.
        default List<String> devices() {
            return List.of("0");
        }

        /// Whether [#open(String, int)] takes a name: those of [#devices()], and perhaps others that say more.
        default boolean isDevice(String name) {
            return devices().contains(name);
        }

        /// Why there are none, and what to do about it; one line.
        default String absence() {
            return "no device of kind '%s' is here".formatted(name());
        }

        /// What a user should know of a device that works otherwise than usual, and why; one line.
        ///
        /// @param device for which [#isDevice] holds
        default Optional<String> remark(String device) {
            return Optional.empty();
        }

        /// One device.
        ///
        /// @param device  for which [#isDevice] holds
        /// @param threads cores it may use; 0 = all
        /// @throws DeviceException if it fails
        default Device open(String device, int threads) {
            List<Device> all = open(threads);
            Device wanted = all.get(devices().indexOf(device));
            for (Device one : all) if (!one.equals(wanted)) one.close();
            return wanted;
        }

        /// The same device, which has something to say now and then.
        ///
        /// @param remarks told what a user should know, a line each
        default Device open(String device, int threads, Consumer<String> remarks) {
            return open(device, threads);
        }

        /// The devices of this kind on this machine, none if there are none.
        ///
        /// @param threads cores a device may use; 0 = all
        List<Device> open(int threads);
    }
}
