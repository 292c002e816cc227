package tern.codegen.machine;

import java.util.Optional;
import tern.codegen.machine.code.Feature;
import tern.ir.device.CodePricer;
import tern.ir.loop.Program;
import tern.ir.target.Target;

/// Prices of the instructions that a program becomes.
public final class MachinePricer implements CodePricer {

    /// For the service loader.
    public MachinePricer() {}

    @Override
    public Optional<Price> price(Program program, Target.Cpu target, int n) {
        if (!target.machineCode() || target.core() == null) return Optional.empty();
        return Optional.of(MachineEmitter.price(program, Feature.of(target.isa()), target.core(), n));
    }
}
