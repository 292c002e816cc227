package tern.codegen.jvm.device;

import static java.util.Locale.ROOT;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tern.codegen.jvm.probe.CpuProbe;
import tern.codegen.machine.ExecutableMemory;
import tern.ir.device.DeviceException;
import tern.ir.target.Isa;
import tern.ir.target.Target;

/// Which code kernels become on this processor, and of which instructions: `machine`, `avx2`, `auto+avx2`.
///
/// @param isa null for all that the processor has
record CpuChoice(CodeChoice code, @Nullable Isa isa) {

    /// @throws IllegalArgumentException if a word is neither a kind of code nor a set of instructions
    static CpuChoice of(String device) {
        CodeChoice code = CodeChoice.AUTO;
        Isa isa = null;
        for (String word : device.split("\\+", -1)) {
            CodeChoice found = code(word);
            if (found != null) code = found;
            else isa = Isa.of(word);
        }
        return new CpuChoice(code, isa);
    }

    private static @Nullable CodeChoice code(String word) {
        for (CodeChoice one : CodeChoice.values()) if (one.toString().equals(word.toLowerCase(Locale.ROOT))) return one;
        return null;
    }

    /// Whether a device's name means something.
    static boolean isName(String device) {
        try {
            of(device);
            return true;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    /// @throws DeviceException if the processor lacks them
    Isa instructions() {
        String absent = isa == null ? null : CpuProbe.absent(isa);
        if (absent != null) throw new DeviceException(absent);
        return isa == null ? CpuProbe.isa() : isa;
    }

    /// Whether the processor has more.
    boolean isRestricted() {
        return isa != null && isa != CpuProbe.isa();
    }

    /// Of the vectors of bytecode.
    int vectorBits() {
        return Math.min(instructions().vectorBits(), CpuProbe.vectorBits());
    }

    /// Machine code or bytecode.
    CodeChoice resolved() {
        return switch (code) {
            case AUTO -> isForMachineCode() && obstacle() == null ? CodeChoice.MACHINE : CodeChoice.BYTECODE;
            case MACHINE, BYTECODE -> code;
        };
    }

    /// Why [CodeChoice#AUTO] is bytecode here though it should be machine code; null if it is what it should be.
    @Nullable
    String remark() {
        return code == CodeChoice.AUTO && isForMachineCode() ? obstacle() : null;
    }

    private boolean isForMachineCode() {
        Isa use = instructions();
        return use.isArm() || use.vectorBits() == 256 || use.vectorBits() > 256 && !VectorApi.isHere();
    }

    /// Who told the JVM to use less than AVX2 does not get it by a back door.
    private @Nullable String obstacle() {
        String obstacle = ExecutableMemory.obstacle();
        if (obstacle != null || instructions().isArm() || CpuProbe.vectorBits() >= 256) return obstacle;
        return String.format(ROOT, "this JVM uses vectors of %d bits only (-XX:UseAVX, -XX:MaxVectorSize); --code machine uses AVX2 all the same",
                CpuProbe.vectorBits());
    }

    /// This processor, with that code.
    Target.Cpu target(int threads) {
        Isa use = instructions();
        if (resolved() == CodeChoice.BYTECODE) {
            Target.Cpu target = CpuProbe.target(threads, use, vectorBits());
            // Who asks for bytecode gets no machine code, which products of tiles are.
            return code == CodeChoice.BYTECODE ? target.withoutMatrixUnit() : target;
        }
        // Machine code of 512 bits nobody has measured: only who asks for it gets it.
        boolean unmeasured = code == CodeChoice.AUTO && use.vectorBits() > 256;
        Isa own = !unmeasured ? use : use.flags().containsAll(Isa.AVX2_VNNI.flags()) ? Isa.AVX2_VNNI : Isa.AVX2;
        return CpuProbe.target(threads, own, own.vectorBits()).withMachineCode();
    }
}
