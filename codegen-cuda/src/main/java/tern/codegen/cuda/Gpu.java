package tern.codegen.cuda;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// One NVIDIA card, or a program that behaves like one: what PTX text runs on.
///
/// Addresses are the card's own, plain 64-bit numbers that kernels take as parameters. Work is given to a [Stream] and runs
/// in the order in which it was given; what is done on the card directly ([#write], [#read], [#copy], [#fill]) waits for
/// all work given before, and has happened when the call returns.
///
/// A card is used by one thread at a time. Every failure, also one that a kernel under way reports late, is a [GpuException].
public interface Gpu extends AutoCloseable {

    /// What this card is.
    CardNumbers numbers();

    /// Memory of the card, its content undefined, aligned to 256 bytes, freed with the card unless [#free] comes first.
    ///
    /// @param bytes more than 0
    /// @return its address
    /// @throws GpuException CUDA_ERROR_OUT_OF_MEMORY, with the bytes asked for
    long allocate(long bytes);

    /// Gives back what [#allocate] gave.
    ///
    /// @param address the first byte of an allocation, not an address inside it
    void free(long address);

    /// Host to card: all of `from` to `address` and the following bytes.
    void write(long address, MemorySegment from);

    /// Card to host: `into.byteSize()` bytes from `address` on.
    void read(long address, MemorySegment into);

    /// Card to card, ranges that do not overlap.
    void copy(long to, long from, long bytes);

    /// Sets `bytes` bytes from `address` on to one value.
    void fill(long address, byte value, long bytes);

    /// Compiles PTX text for this card.
    ///
    /// @throws GpuException if it does not compile; [GpuException#log] then says where and why
    Module load(String ptx);

    /// A new queue of work.
    Stream stream();

    /// A new point in time; it holds none before a stream [marks][Stream#mark] it.
    Event event();

    /// Steps that run in their order, prepared to be given to a [Stream] as one.
    Graph graph(List<Step> steps);

    /// Waits until all work on this card has finished.
    void await();

    /// Frees all that was taken from this card.
    @Override
    void close();

    /// Compiled PTX.
    interface Module extends AutoCloseable {

        /// A `.entry` of that name.
        ///
        /// @throws GpuException CUDA_ERROR_NOT_FOUND if there is none
        Function function(String name);

        /// What the compiler had to say, empty if it had nothing.
        String log();

        @Override
        void close();
    }

    /// A kernel: a `.entry` of a module, valid as long as that.
    interface Function {

        String name();

        /// What the compiler made of it.
        Attributes attributes();

        /// Blocks of it that one multiprocessor holds at the same time.
        ///
        /// @param threads     of a block
        /// @param sharedBytes dynamic shared memory of a block
        int blocksPerMultiprocessor(int threads, int sharedBytes);
    }

    /// @param registers  of a thread; 0 where it is not known, as in a simulator
    /// @param localBytes of a thread in local memory: spills, stack, arrays that are not in registers; 0 in a good kernel
    /// @param sharedBytes declared in the PTX, of a block, besides the dynamic ones
    /// @param maxThreads of a block, with as many registers as it needs
    record Attributes(int registers, int localBytes, int sharedBytes, int maxThreads) {}

    /// Something that a stream runs.
    sealed interface Step {}

    /// One run of a kernel.
    ///
    /// @param sharedBytes dynamic shared memory of a block; what is beyond 48 KB is asked for on the way
    /// @param arguments   as many as the entry has `.param`s
    /// @param overlaps    whether it may start before the launch before it in its stream has finished, once all blocks of that one
    ///                    have executed `griddepcontrol.launch_dependents` or left; the kernel must then have a
    ///                    `griddepcontrol.wait` before it touches what the other one writes (compute capability 9.0; elsewhere this is ignored)
    record Launch(Function function, Extent grid, Extent block, int sharedBytes, List<Argument> arguments, boolean overlaps)
            implements Step {
        public Launch {
            arguments = List.copyOf(arguments);
        }

        /// A launch that waits for the one before it.
        public Launch(Function function, Extent grid, Extent block, int sharedBytes, List<Argument> arguments) {
            this(function, grid, block, sharedBytes, arguments, false);
        }

        public Launch overlapping() {
            return new Launch(function, grid, block, sharedBytes, arguments, true);
        }
    }

    /// `bytes` bytes within the card's memory.
    record Copy(long to, long from, long bytes) implements Step {}

    /// `bytes` bytes set to one value.
    record Fill(long address, byte value, long bytes) implements Step {}

    /// Blocks of a grid, or threads of a block.
    record Extent(int x, int y, int z) {

        public static Extent of(int x) {
            return new Extent(x, 1, 1);
        }

        public static Extent of(int x, int y) {
            return new Extent(x, y, 1);
        }

        public long count() {
            return (long) x * y * z;
        }
    }

    /// The value of one `.param`.
    sealed interface Argument {

        /// Of a parameter of 8 bytes, such as an address; a smaller one takes the low bytes.
        static Argument of(long bits) {
            return new Word(bits);
        }

        static Argument of(float value) {
            return new Word(Float.floatToRawIntBits(value) & 0xffff_ffffL);
        }

        /// Of a parameter that is an array of bytes: a structure, a tensor map. Read when the launch is given to a stream.
        static Argument of(MemorySegment bytes) {
            return new Bytes(bytes);
        }
    }

    record Word(long bits) implements Argument {}

    record Bytes(MemorySegment bytes) implements Argument {}

    /// Work in order.
    interface Stream extends AutoCloseable {

        /// Gives it one step. Returns before that has run.
        void give(Step step);

        /// Gives it all steps of a graph.
        void give(Graph graph);

        /// Host to card, after the work given before. `from` must stay as it is until that has happened.
        void write(long address, MemorySegment from);

        /// Card to host, after the work given before. `into` holds it after [#await].
        void read(long address, MemorySegment into);

        /// `event` happens when all work given so far has finished.
        void mark(Event event);

        /// Work given from now on waits for `event`, of this stream or another.
        void waitFor(Event event);

        /// Waits until all work given has finished.
        void await();

        @Override
        void close();
    }

    /// A point in a stream's time.
    interface Event extends AutoCloseable {

        /// Waits for it.
        void await();

        /// Time between two events that have happened.
        ///
        /// @param earlier marked before this one
        double secondsSince(Event earlier);

        @Override
        void close();
    }

    /// Steps prepared to run as one.
    interface Graph extends AutoCloseable {

        /// The same kinds of step in the same order with other functions' arguments, extents and addresses.
        ///
        /// @throws GpuException if they are not so
        void renew(List<Step> steps);

        @Override
        void close();
    }
}
