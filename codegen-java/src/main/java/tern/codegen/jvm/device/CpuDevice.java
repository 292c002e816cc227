package tern.codegen.jvm.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassWriter;
import tern.codegen.jvm.JvmClass;
import tern.codegen.jvm.Linker;
import tern.codegen.jvm.emit.JvmEmitter;
import tern.codegen.jvm.emit.Machine;
import tern.codegen.jvm.emit.Uses;
import tern.codegen.jvm.probe.CpuFingerprint;
import tern.codegen.jvm.probe.CpuProbe;
import tern.codegen.jvm.team.LazyMemory;
import tern.codegen.jvm.team.Team;
import tern.codegen.machine.ExecutableMemory;
import tern.codegen.machine.MachineCode;
import tern.codegen.machine.MachineEmitter;
import tern.codegen.machine.code.Feature;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.CodeDigest;
import tern.ir.device.CompileException;
import tern.ir.device.Device;
import tern.ir.device.DeviceException;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.LoweredOp;
import tern.ir.device.OpLowering;
import tern.ir.device.OpSignature;
import tern.ir.device.Proved;
import tern.ir.device.Sequence;
import tern.ir.device.StartTimes;
import tern.ir.loop.Program;
import tern.ir.target.Isa;
import tern.ir.target.Target;

/// The processor that this JVM runs on. Launches return when the work is done.
public final class CpuDevice implements Device {

    /// For a kernel to be compiled.
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /// Class files of this module that have no part in how a program runs: they probe or export.
    public static final List<String> BESIDES = List.of(
            "tern/codegen/jvm/export/", "tern/codegen/jvm/probe/", "tern/codegen/jvm/source/",
            "tern/codegen/jvm/device/CpuProvider", "tern/codegen/jvm/device/CompileQueue",
            "org/objectweb/asm/tree/", "org/objectweb/asm/util/"); // modules of their own, but in tern-spark.jar

    private final Team team;
    private final Machine machine;
    private final Target.Cpu target;
    private final CpuChoice choice;
    /// Never [CodeChoice#AUTO].
    private final CodeChoice code;
    /// That machine code may use.
    private final Set<Feature> features;
    private final Consumer<String> remarks;
    /// Programs that became bytecode because machine code could not express them.
    private int fallen;
    private CpuBuffer scratch = CpuBuffer.allocate(0);
    private @Nullable CodeStore store;

    /// @param threads cores to use, the calling thread's included; 0 = all
    public CpuDevice(int threads) {
        this(threads, CodeChoice.AUTO);
    }

    /// A machine with narrower or wider vectors than this one has.
    ///
    /// @param threads    as above
    /// @param vectorBits 128, 256 or 512
    public CpuDevice(int threads, int vectorBits) {
        this(new CpuChoice(CodeChoice.BYTECODE, null), CpuProbe.target(threads, CpuProbe.isa(), vectorBits), _ -> {});
    }

    /// @param code what programs become
    /// @throws DeviceException if that is machine code, and there can be none here
    public CpuDevice(int threads, CodeChoice code) {
        this(threads, new CpuChoice(code, null), _ -> {});
    }

    /// @param remarks told what a user should know, a line each
    /// @throws DeviceException if there can be no such code here
    CpuDevice(int threads, CpuChoice choice, Consumer<String> remarks) {
        this(choice, choice.target(threads), remarks);
    }

    private CpuDevice(CpuChoice choice, Target.Cpu target, Consumer<String> remarks) {
        String obstacle = choice.code() == CodeChoice.MACHINE ? ExecutableMemory.obstacle() : null;
        if (obstacle != null) throw new DeviceException(obstacle);
        this.choice = choice;
        this.code = choice.resolved();
        if (code == CodeChoice.BYTECODE) VectorApi.require();
        this.target = target;
        this.machine = new Machine(code == CodeChoice.MACHINE ? choice.vectorBits() : target.vectorBits());
        this.features = ExecutableMemory.features();
        features.retainAll(Feature.of(target.isa()));
        if (target.matrixOpsPerCycle() == 0) features.remove(Feature.AMX);
        this.remarks = remarks;
        this.team = new Team(target.cores());
    }

    @Override
    public Target.Cpu target() {
        return target;
    }

    @Override
    public String fingerprint() {
        String processor = CpuFingerprint.of(machine.bits());
        return processor + (code == CodeChoice.MACHINE ? "; code machine" : "") + (choice.isRestricted() ? "; isa " + choice.isa() : "");
    }

    @Override
    public String generation() {
        return CodeDigest.of(BESIDES, CpuDevice.class, ClassWriter.class);
    }

    /// The threads, for code that is no kernel.
    public Team team() {
        return team;
    }

    @Override
    public double measureReadBandwidth() {
        return ReadBandwidth.of(this);
    }

    @Override
    public boolean isVectorised(Launch launch, int n) {
        return VectorCheck.of(launch.kernel(), launch.arguments(), n, 0, PATIENCE).vectorised();
    }

    @Override
    public boolean isFastAtOnce() {
        return code == CodeChoice.MACHINE;
    }

    @Override
    public boolean settle() {
        return CompileQueue.await();
    }

    @Override
    public void keepCode(Path folder) {
        if (code != CodeChoice.MACHINE) return;
        Class<?> lowering = lowering().<Class<?>>map(ServiceLoader.Provider::type).orElse(CpuDevice.class);
        String generation = CodeDigest.of(List.of("tern/ir/reference/"), CpuDevice.class, Program.class, lowering);
        store = CodeStore.in(folder, generation).orElse(null);
    }

    @Override
    public Kernel compile(Program program) {
        return kernel(program, features);
    }

    @Override
    public Kernel compile(Program program, @Nullable Isa isa) {
        if (isa == null) return compile(program);
        Set<Feature> fewer = Feature.of(isa);
        if (code != CodeChoice.MACHINE || !features.containsAll(fewer))
            throw new CompileException(program.name(), "is for machine code of " + isa + ", which this device does not make");
        return kernel(program, fewer);
    }

    /// What is kept was proved before it was made.
    private ProgramKernel kernel(Program program, Set<Feature> may) {
        if (store != null) {
            try (var _ = StartTimes.part("kept code")) {
                Optional<MachineCode> kept = store.find(program, may, () -> MachineEmitter.emit(Proved.of(program), may).listing());
                if (kept.isPresent()) return kernel(kept.get());
            }
        }
        return compile(Proved.of(program), may);
    }

    ProgramKernel compile(Proved proved) {
        return compile(proved, features);
    }

    private ProgramKernel compile(Proved proved, Set<Feature> may) {
        return compile(proved, may, code -> {
            if (store != null) store.keep(code, may);
        });
    }

    /// Both code generators run after the proof. Products of tiles are machine code in any case.
    ///
    /// @param may  be used by machine code
    /// @param made told the machine code, if it is that
    private ProgramKernel compile(Proved proved, Set<Feature> may, Consumer<MachineCode> made) {
        boolean tiles = Uses.in(proved.program().body()).tiles();
        if (tiles && target.matrixOpsPerCycle() == 0)
            throw new CompileException(proved.program().name(), "this machine has no matrix unit, or keeps it to itself");
        if (code == CodeChoice.MACHINE || tiles) {
            try (var _ = StartTimes.part("code")) {
                MachineCode emitted = MachineEmitter.emit(proved, may);
                made.accept(emitted);
                return kernel(emitted);
            } catch (CompileException e) {
                if (choice.code() == CodeChoice.MACHINE || tiles) throw e;
                if (fallen++ == 0) remarks.accept("this kernel is bytecode, for machine code cannot express it: " + e.getMessage());
            }
        }
        return bytecode(proved);
    }

    private ProgramKernel bytecode(Proved proved) {
        VectorApi.require();
        Program program = proved.program();
        JvmClass emitted = JvmEmitter.emit(proved, machine.bits());
        return new ProgramKernel(program, emitted::listing, Linker.link(emitted), team,
                KernelMemory.of(program, emitted.constants(), team.workers(), this::scratch));
    }

    private ProgramKernel kernel(MachineCode emitted) {
        Program program = emitted.program();
        return new ProgramKernel(program, emitted::listing, new MachineBody(emitted, team), team,
                KernelMemory.of(program, new byte[0], team.workers(), this::scratch));
    }

    @Override
    public Kernel compile(Op op) {
        CodeStore in = store;
        KeptOperation kept = in == null ? null : find(op, in);
        if (kept != null) return kernel(op, kept.lowered(), kernel(kept.code()));
        LoweredOp lowered;
        try (var _ = StartTimes.part("operations")) {
            lowered = lower(op);
        }
        if (in == null || !KeptOperation.isShort(lowered)) return kernel(op, lowered, kernel(lowered.program(), features));
        return kernel(op, lowered, compile(Proved.of(lowered.program()), features,
                code -> in.keep(op, target, features, new KeptOperation(lowered, code))));
    }

    private @Nullable KeptOperation find(Op op, CodeStore in) {
        try (var _ = StartTimes.part("kept code")) {
            return in.find(op, target, features, () -> MachineEmitter.emit(Proved.of(lower(op).program()), features).listing()).orElse(null);
        }
    }

    private LoweredOp lower(Op op) {
        return lowering().map(ServiceLoader.Provider::get)
                .orElseThrow(() -> new CompileException(OpSignature.name(op), "nothing here lowers operations: tern-scheduler is missing"))
                .lower(op, target);
    }

    private static Optional<ServiceLoader.Provider<OpLowering>> lowering() {
        return ServiceLoader.load(OpLowering.class).stream().findFirst();
    }

    private static OpKernel kernel(Op op, LoweredOp lowered, ProgramKernel program) {
        List<CpuBuffer> tables = lowered.tables().stream().map(table -> CpuBuffer.share(MemorySegment.ofArray(table))).toList();
        return new OpKernel(op, program, tables, lowered.schedule());
    }

    /// Kernels compiled earlier keep what they were given.
    private CpuBuffer scratch(long bytes) {
        if (scratch.bytes() < bytes) scratch = CpuBuffer.allocate(Math.max(bytes, 2 * scratch.bytes()));
        return scratch;
    }

    @Override
    public Buffer allocate(long bytes) {
        return CpuBuffer.allocate(bytes);
    }

    @Override
    public MemorySegment hostMemory(long bytes, Arena arena) {
        return LazyMemory.huge(bytes, arena);
    }

    @Override
    public Buffer share(MemorySegment host) {
        return CpuBuffer.share(host);
    }

    @Override
    public Sequence sequence(List<Launch> launches) {
        return new CpuSequence(team, launches);
    }

    @Override
    public void warmUp(List<WarmUpRun> runs, LongConsumer progress) {
        WarmUp warmUp = new WarmUp();
        for (WarmUpRun one : runs) {
            if (!(one.sequence() instanceof CpuSequence sequence))
                throw new IllegalArgumentException("a sequence belongs to another device");
            sequence.warmUp(warmUp, one.n(), one.position());
        }
        warmUp.run(progress);
    }

    @Override
    public void await() {
        // A launch returns when it is done.
    }

    @Override
    public void close() {
        if (fallen > 1) remarks.accept(fallen + " kernels in all were bytecode, for machine code could not express them");
        team.close();
    }
}
