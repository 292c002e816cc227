package tern.ir.reference;

import java.util.List;
import tern.ir.Exponential;
import tern.ir.Op;

/// `activation(gate) * up`
record GateFormula(Op.Gate op) implements ReferenceOps.Formula {

    @Override
    public void run(List<Cells> arguments, int n, int position) {
        for (long i = 0; i < (long) n * op.width(); i++) arguments.get(2).f32(i, of(arguments.get(0).f32(i)) * arguments.get(1).f32(i));
    }

    private float of(float g) {
        return switch (op.activation()) {
            case SQUARED_RELU -> Math.max(g, 0) * Math.max(g, 0);
            case SILU -> g / (1 + Exponential.exp(-g));
            case GELU -> g / (1 + Exponential.exp(-1.5957692f * (g + 0.044715f * g * g * g)));
        };
    }
}
