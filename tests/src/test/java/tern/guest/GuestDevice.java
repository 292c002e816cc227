package tern.guest;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import tern.codegen.machine.FrameLayout;
import tern.codegen.machine.MachineCode;
import tern.codegen.machine.MachineEmitter;
import tern.codegen.machine.code.Feature;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.DeviceException;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.LoweredOp;
import tern.ir.device.OpLowering;
import tern.ir.device.OpSignature;
import tern.ir.device.Proved;
import tern.ir.device.Sequence;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Program;
import tern.ir.target.Isa;
import tern.ir.target.Target;
import tern.ir.target.Targets;

/// An emulated processor. Workers take turns: each does its part of a phase before any begins the next.
public final class GuestDevice implements Device {

    private final Target.Cpu like;
    private final Guest guest;
    private final int workers;
    private final Map<Program, Kernel> made = new HashMap<>();
    /// Asked for, and not yet looked after.
    private final List<Launched> launched = new ArrayList<>();

    private record Launched(Code code, long[] frames) {}

    private GuestDevice(Target.Cpu like, Guest guest, int workers) {
        this.like = like;
        this.guest = guest;
        this.workers = workers;
    }

    /// AArch64 under qemu; skips the test where that is not.
    ///
    /// @param processor that has no more than the instructions, as qemu names it
    public static GuestDevice arm(Isa isa, String processor, int workers) {
        Assumptions.assumeTrue(QemuGuest.qemu().isPresent(), "qemu-aarch64 is not here");
        return new GuestDevice(Targets.NEON128.withIsa(isa), new QemuGuest(processor), workers);
    }

    /// x86-64 under Bochs; skips the test where that is not. Bochs 2.7 has no AMX: [EmulatedTiles] has.
    ///
    /// @param processor that has no more than the instructions, as Bochs names it
    public static GuestDevice pc(Isa isa, String processor, int workers) {
        Assumptions.assumeTrue(BochsGuest.isHere(), "bochs with its own debugger and display in a terminal, and script, are not here");
        boolean tiles = isa == Isa.AMX;
        return new GuestDevice(tiles ? Targets.SAPPHIRE_RAPIDS : Targets.AVX512.withIsa(isa), new BochsGuest(processor, tiles), workers);
    }

    @Override
    public Target.Cpu target() {
        return like.withMachineCode().withCores(workers);
    }

    @Override
    public Kernel compile(Program program) {
        return compile(Proved.of(program));
    }

    @Override
    public Kernel compile(Program program, @Nullable Isa isa) {
        if (isa == null) return compile(program);
        return new Code(MachineEmitter.emit(Proved.of(program), Feature.of(isa)), List.of());
    }

    Kernel compile(Proved proved) {
        return made.computeIfAbsent(proved.program(), program -> new Code(MachineEmitter.emit(proved, Feature.of(like.isa())), List.of()));
    }

    @Override
    public Kernel compile(Op op) {
        LoweredOp lowered = ServiceLoader.load(OpLowering.class).findFirst().orElseThrow().lower(op, target());
        List<Buffer> tables = lowered.tables().stream().map(table -> share(MemorySegment.ofArray(table))).toList();
        return new Code(MachineEmitter.emit(Proved.of(lowered.program()), Feature.of(like.isa())), tables);
    }

    @Override
    public Buffer allocate(long bytes) {
        return new Memory(guest.allocate(bytes + Buf.SLACK), bytes);
    }

    @Override
    public Buffer share(MemorySegment host) {
        Buffer memory = allocate(host.byteSize());
        memory.write(0, host);
        return memory;
    }

    @Override
    public Sequence sequence(List<Launch> launches) {
        return (n, position) -> launches.forEach(launch -> launch.kernel().launch(launch.arguments(), n, position));
    }

    @Override
    public void await() {
        lookAfter();
    }

    @Override
    public void close() {
        guest.close();
    }

    private void lookAfter() {
        List<Launched> all = List.copyOf(launched);
        launched.clear();
        for (Launched one : all) one.code.check(one.frames);
    }

    private static long address(Buffer buffer) {
        if (buffer instanceof Memory memory) return memory.address;
        throw new IllegalArgumentException("memory of another device");
    }

    /// Memory of the guest.
    private final class Memory implements Buffer {
        private final long address, bytes;

        Memory(long address, long bytes) {
            this.address = address;
            this.bytes = bytes;
        }

        @Override
        public long bytes() {
            return bytes;
        }

        @Override
        public void write(long offset, MemorySegment from) {
            guest.write(address + offset, from.toArray(ValueLayout.JAVA_BYTE));
        }

        @Override
        public Buffer slice(long offset, long length) {
            return new Memory(address + offset, length);
        }

        @Override
        public void read(long offset, MemorySegment into) {
            lookAfter();
            MemorySegment.copy(MemorySegment.ofArray(guest.read(address + offset, (int) into.byteSize())), 0, into, 0, into.byteSize());
        }
    }

    /// Code in the guest, with the memory that it brings along.
    private final class Code implements Kernel {
        private final MachineCode code;
        private final long entry;
        private final List<Buffer> tables;
        /// Of all workers, for a launch each.
        private final Deque<long[]> idle = new ArrayDeque<>();
        /// Of buffers that are no parameters, by worker.
        private final Map<Buf, long[]> own = new HashMap<>();

        Code(MachineCode code, List<Buffer> tables) {
            this.code = code;
            this.tables = tables;
            entry = address(share(MemorySegment.ofArray(code.bytes())));
            for (Buf buffer : code.program().buffers()) if (!buffer.isParameter()) own.put(buffer, addresses(buffer));
        }

        private long[] addresses(Buf buffer) {
            if (!(buffer.extent() instanceof Expr.Int(_, long elements))) throw new AssertionError("scratch of no constant size: " + buffer);
            long[] all = new long[workers];
            for (int w = 0; w < workers; w++)
                all[w] = w == 0 || buffer.scope() == Buf.Scope.CORE ? address(allocate(elements * buffer.element().bytes())) : all[0];
            List<Integer> data = buffer.data();
            if (data == null) return all;
            int size = buffer.element().bytes();
            ByteBuffer bytes = ByteBuffer.allocate(data.size() * size + Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < data.size(); i++)
                if (size == Long.BYTES) bytes.putLong(i * size, data.get(i));
                else bytes.putInt(i * size, buffer.element().isFloat() ? Float.floatToRawIntBits(data.get(i)) : data.get(i));
            guest.write(all[0], java.util.Arrays.copyOf(bytes.array(), data.size() * size));
            return all;
        }

        @Override
        public String name() {
            return code.program().name();
        }

        @Override
        public void launch(List<? extends Buffer> arguments, int n, int position) {
            long[] frames = idle.isEmpty() ? LongStream.range(0, workers).map(_ -> guest.allocate(code.frame())).toArray() : idle.pop();
            List<Buffer> all = Stream.concat(arguments.stream(), tables.stream()).toList();
            for (int w = 0; w < workers; w++) {
                List<Long> frame = new ArrayList<>(java.util.Collections.nCopies(FrameLayout.BUFFERS, 0L));
                frame.set(FrameLayout.N, (long) n);
                frame.set(FrameLayout.POSITION, (long) position);
                frame.set(FrameLayout.PART, (long) w);
                frame.set(FrameLayout.END, w + 1L);
                frame.set(FrameLayout.PARTS, (long) workers);
                int parameter = 0;
                for (Buf buffer : code.program().buffers())
                    frame.add(buffer.isParameter() ? address(all.get(parameter++)) : own.get(buffer)[w]);
                ByteBuffer bytes = ByteBuffer.allocate(frame.size() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                frame.forEach(bytes::putLong);
                guest.writeUnused(frames[w], bytes.array());
            }
            for (MachineCode.Phase phase : code.phases()) for (long frame : frames) guest.call(entry + phase.entry(), frame);
            launched.add(new Launched(this, frames));
        }

        private void check(long[] frames) {
            long status = 0;
            for (long frame : frames) status |= ByteBuffer.wrap(guest.read(frame, Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN).getLong();
            idle.push(frames);
            if (status == FrameLayout.DIVIDED_BY_ZERO) throw new ArithmeticException("/ by zero");
            if (status != FrameLayout.DONE) throw new DeviceException(name() + " ended with status " + status);
        }

        @Override
        public String listing() {
            return code.listing();
        }
    }
}
