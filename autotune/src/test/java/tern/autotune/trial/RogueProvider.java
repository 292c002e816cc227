package tern.autotune.trial;

import java.util.List;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.loop.Program;

/// A back end that the child process of a test finds: what it does depends on the packing of the kernel. `tq1_0` ends the process,
/// `tq2_0` hangs, `hf` speaks where only replies belong; others are what the reference device makes of them.
public final class RogueProvider implements Device.Provider {

    /// For the service loader.
    public RogueProvider() {}

    @Override
    public String name() {
        return "rogue";
    }

    @Override
    public List<Device> open(int threads) {
        return List.of(new AlteredDevice() {
            @Override
            public Kernel compile(Program program) {
                if (program.name().contains("_tq1_0_")) {
                    System.err.println("# SIGSEGV, says a rogue");
                    Runtime.getRuntime().halt(134);
                }
                if (program.name().contains("_tq2_0_")) sleep();
                if (program.name().contains("_hf_")) System.out.println("VM warning: something");
                return super.compile(program);
            }
        });
    }

    private static void sleep() {
        try {
            Thread.sleep(Long.MAX_VALUE);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
