package tern.codegen.cuda.simulate;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.GpuException;

/// Decoded kernels, and where the module's variables lie.
record SimulatedModule(Simulator card, Map<String, Code> codes, List<Long> variables) implements Gpu.Module {

    @Override
    public Gpu.Function function(String name) {
        Code code = codes.get(name);
        if (code == null)
            throw new GpuException("cuModuleGetFunction", "CUDA_ERROR_NOT_FOUND",
                    "'%s'; there are %s".formatted(name, new TreeSet<>(codes.keySet())));
        return new SimulatedFunction(code, card.numbers());
    }

    @Override
    public String log() {
        return "";
    }

    @Override
    public void close() {
        card.release(variables);
    }
}
