package tern.runtime.cli.option;

import picocli.CommandLine.Option;

/// What kernels become on CPUs. The choice travels as the name of a device: `cpu:machine`.
public final class CodeOption {

    @Option(
            names = "--code",
            paramLabel = "C",
            description = "of CPU kernels: auto, machine (code of our own; fails where there can be none), bytecode (default: ${DEFAULT-VALUE})")
    public String code = "auto";

    /// The CPU with that code.
    public String cpu() {
        return on(Devices.CPU);
    }

    /// Devices as a user named them, those CPUs that say nothing of code with this one.
    public String on(String names) {
        String[] each = names.split(",", -1);
        for (int i = 0; i < each.length; i++) if (each[i].strip().equals(Devices.CPU) && !code.equals("auto")) each[i] = Devices.CPU + ":" + code;
        return String.join(",", each);
    }
}
