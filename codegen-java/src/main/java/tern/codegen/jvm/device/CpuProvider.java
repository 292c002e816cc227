package tern.codegen.jvm.device;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tern.codegen.jvm.probe.CpuProbe;
import tern.ir.device.Device;

/// The one CPU device of this machine, as `cpu:auto`, `cpu:machine` or `cpu:bytecode`.
public final class CpuProvider implements Device.Provider {

    /// For the service loader.
    public CpuProvider() {}

    @Override
    public String name() {
        return "cpu";
    }

    /// The kinds of code that programs become; the first is what a CPU is without such a word.
    @Override
    public List<String> devices() {
        return Arrays.stream(CodeChoice.values()).map(CodeChoice::toString).toList();
    }

    @Override
    public Optional<String> remark(String device) {
        if (code(device) != CodeChoice.AUTO) return Optional.empty();
        return Optional.ofNullable(CodeChoice.obstacle(CpuProbe.vectorBits())).map(why -> "kernels for the CPU are bytecode: " + why);
    }

    @Override
    public Device open(String device, int threads) {
        return new CpuDevice(threads, code(device));
    }

    private static CodeChoice code(String device) {
        return CodeChoice.valueOf(device.toUpperCase(Locale.ROOT));
    }

    @Override
    public List<Device> open(int threads) {
        return List.of(new CpuDevice(threads, CodeChoice.AUTO));
    }
}
