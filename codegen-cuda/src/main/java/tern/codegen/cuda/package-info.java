/// Empty so far: no GPU code is generated, and no [tern.ir.device.Device.Provider] is offered.
///
/// What will stand here, and what exists for it already:
///
/// ```
/// tern.ir.loop.Program  -> PTX -> CUDA driver through FFM -> tern.ir.device.Device
///   BLOCKS, WARPS, THREADS, CopyAsync, Wait: in the loop IR, the interpreter runs them
///   H200, A100, RTX 4090: presets in tern.ir.target.Targets
/// ```
///
/// Like every back end it will obey the loops and choose nothing.
package tern.codegen.cuda;
