package tern.codegen.cuda;

import tern.ir.device.DeviceException;

/// A card, its driver or the simulator refused something: which call, what came back, and what the driver wrote about it.
public class GpuException extends DeviceException {

    private final String call;
    private final String result;
    private final String log;

    /// @param call   what was asked: `cuModuleLoadDataEx`, `launch gemv`
    /// @param result the name of a CUresult: `CUDA_ERROR_INVALID_PTX`
    /// @param log    what the driver wrote, or the circumstances; may be empty, may have many lines
    public GpuException(String call, String result, String log) {
        super(inWords(result) + call + ": " + result + (log.isBlank() ? "" : ": " + log.strip()));
        this.call = call;
        this.result = result;
        this.log = log;
    }

    /// What most people know these results by.
    private static String inWords(String result) {
        return switch (result) {
            case "CUDA_ERROR_OUT_OF_MEMORY" -> "out of memory: ";
            case "CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA_ERROR_ECC_UNCORRECTABLE", "CUDA_ERROR_HARDWARE_STACK_ERROR",
                    "CUDA_ERROR_CONTEXT_IS_DESTROYED", "CUDA_ERROR_NVLINK_UNCORRECTABLE", "CUDA_ERROR_SYSTEM_NOT_READY",
                    "CUDA_ERROR_UNKNOWN" ->
                "the card is lost: ";
            default -> "";
        };
    }

    public String call() {
        return call;
    }

    public String result() {
        return result;
    }

    public String log() {
        return log;
    }
}
