package tern.ir.device;

import java.util.List;
import tern.ir.device.KernelLibrary.Plan;
import tern.ir.device.KernelLibrary.Use;

/// What a model asks of a [KernelLibrary], and how fast it is with an answer: so a tuner measures whole tokens without seeing a
/// runtime.
public interface Workload {

    /// The products of the model.
    List<Use> uses();

    /// Runs some tokens with the kernels of a plan. The first call with a plan prepares the model for it (its weights may have to be
    /// packed), later ones only run.
    ///
    /// @throws CompileException if the device has no code for a part of the model
    Speed time(Plan plan);

    /// @param stepSeconds  for one generated token
    /// @param batchSeconds for one token of a prompt that is taken up in batches
    record Speed(double stepSeconds, double batchSeconds) {}
}
