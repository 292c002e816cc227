package tern.codegen.jvm.device;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tern.ir.device.Device;

/// The one CPU device of this machine, as `cpu:auto`, `cpu:machine` or `cpu:bytecode`, perhaps with fewer instructions than there are: `cpu:machine+avx2`.
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
    public boolean isDevice(String name) {
        return CpuChoice.isName(name);
    }

    @Override
    public Optional<String> remark(String device) {
        return Optional.ofNullable(CpuChoice.of(device).remark()).map(why -> "kernels for the CPU are bytecode: " + why);
    }

    @Override
    public Device open(String device, int threads, Consumer<String> remarks) {
        return new CpuDevice(threads, CpuChoice.of(device), remarks);
    }

    @Override
    public Device open(String device, int threads) {
        return open(device, threads, _ -> {});
    }

    @Override
    public List<Device> open(int threads) {
        return List.of(new CpuDevice(threads, CodeChoice.AUTO));
    }
}
