package tern.ir.device;

/// A device failed, or has not what was asked of it: out of memory, lost, a call refused by its driver. What it computed
/// since then is nothing to rely on.
public class DeviceException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /// @param problem what was asked, and what came back; the first line says it all
    public DeviceException(String problem) {
        super(problem);
    }
}
