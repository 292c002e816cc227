package tern.runtime.cli.option;

import static java.util.stream.Collectors.joining;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tern.ir.target.Isa;
import tern.ir.target.Target;

/// What kernels become on CPUs. The choice travels as the name of a device: `cpu:machine`, `cpu:auto+avx2`.
public final class CodeOption {

    @Option(
            names = "--code",
            paramLabel = "C",
            description = "of CPU kernels: auto, machine (code of our own; fails where there can be none), bytecode (default: ${DEFAULT-VALUE})")
    public String code = "auto";

    @Option(
            names = "--isa",
            paramLabel = "I",
            description = "instructions that CPU kernels may use: avx2, avx2-vnni, avx512, avx512-vnni, avx512-vbmi, amx, neon, "
                    + "neon-dotprod, neon-i8mm (default: all that the processor has)")
    public @Nullable String isa;

    /// The CPU with that code.
    public String cpu() {
        return on(Devices.CPU);
    }

    /// Another machine whose kernels become machine code of these instructions: where that was asked for, or is what they become there unless bytecode was.
    ///
    /// @throws IllegalArgumentException if there are no such instructions anywhere
    public Optional<Target.Cpu> machineCode(Target.Cpu machine) {
        if (!code.equals("machine") && !(code.equals("auto") && machine.machineCode())) return Optional.empty();
        return Optional.of((isa == null ? machine : machine.withIsa(Isa.of(isa))).withMachineCode());
    }

    /// As options of another command.
    public String asOptions() {
        return (code.equals("auto") ? "" : " --code " + code) + (isa == null ? "" : " --isa " + isa);
    }

    /// Devices as a user named them, those CPUs that say nothing of code or instructions with these.
    ///
    /// @throws IllegalArgumentException if there are no such instructions anywhere
    public String on(String names) {
        if (isa != null) Isa.of(isa);
        return Arrays.stream(names.split(",", -1)).map(String::strip).map(this::one).collect(joining(","));
    }

    private String one(String name) {
        boolean bare = name.equals(Devices.CPU);
        if (!bare && !name.startsWith(Devices.CPU + ":")) return name;
        String own = bare ? code : name.substring(Devices.CPU.length() + 1);
        if (isa != null && !own.contains("+")) return Devices.CPU + ":" + own + "+" + isa;
        return bare && code.equals("auto") ? name : Devices.CPU + ":" + own;
    }
}
