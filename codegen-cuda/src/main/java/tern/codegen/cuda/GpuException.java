package tern.codegen.cuda;

/// A card, its driver or the simulator refused something: which call, what came back, and what the driver wrote about it.
public class GpuException extends RuntimeException {

    private final String call;
    private final String result;
    private final String log;

    /// @param call   what was asked: `cuModuleLoadDataEx`, `launch gemv`
    /// @param result the name of a CUresult: `CUDA_ERROR_INVALID_PTX`
    /// @param log    what the driver wrote, or the circumstances; may be empty, may have many lines
    public GpuException(String call, String result, String log) {
        super(call + ": " + result + (log.isBlank() ? "" : ": " + log.strip()));
        this.call = call;
        this.result = result;
        this.log = log;
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
