package tern.ir.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import tern.ir.Element;
import tern.ir.Exponential;
import tern.ir.loop.Loop.Binding;
import tern.ir.reference.ReferenceDevice;

class ArithmeticTest {

    private static final int COUNT = 1 << 14, LANES = 8;

    /// `y[i] = function(x[i])`.
    private static Program program(BiFunction<Expr, Arithmetic.Naming, Expr> function) {
        var steps = new ArrayList<Loop>();
        Arithmetic.Naming naming = (stem, value) -> {
            Var var = Var.value(stem + steps.size(), value.type());
            steps.add(new Loop.Let(var, value));
            return Expr.ref(var);
        };
        Buf x = Buf.in("x", Element.F32, Expr.i32(COUNT), null), y = Buf.out("y", Element.F32, Expr.i32(COUNT));
        Var i = Var.value("i", Type.I32);
        Expr value = function.apply(Expr.load(x, Expr.ref(i), LANES), naming);
        steps.add(new Loop.Store(y, Expr.ref(i), value, null));
        Loop body = Loop.loop(i, Expr.i32(0), Expr.i32(COUNT), LANES, Binding.SERIAL, Loop.block(steps));
        return new Program("function", "", List.of(), List.of(x, y), body);
    }

    private static float[] run(Program program, float[] x) {
        assertThat(LoopChecker.check(program)).isEmpty();
        assertThat(Ranges.of(program).wraps()).isEmpty();
        float[] y = new float[COUNT];
        try (var device = new ReferenceDevice()) {
            var in = device.allocate(4L * COUNT);
            var out = device.allocate(4L * COUNT);
            in.write(0, MemorySegment.ofArray(x));
            device.compile(program).launch(List.of(in, out), 1, 0);
            out.read(0, MemorySegment.ofArray(y));
        }
        return y;
    }

    private static float[] inputs() {
        var random = new SplittableRandom(7);
        float[] x = new float[COUNT];
        for (int i = 0; i < COUNT; i++) x[i] = (float) random.nextDouble(-87, 88);
        float[] ends = {0f, -0f, -87f, 88f, 1f, -1f, 0.34657359f, -0.34657359f, 1e-30f, -200f, 300f, Float.NEGATIVE_INFINITY};
        System.arraycopy(ends, 0, x, 0, ends.length);
        return x;
    }

    @Test
    void expIsTheOneDefinitionToTheBit() {
        float[] x = inputs(), y = run(program(Arithmetic::exp), x);
        for (int i = 0; i < COUNT; i++) assertThat(y[i]).as("exp(%s)", x[i]).isEqualTo(Exponential.exp(x[i]));
    }

    @Test
    void expIsAccurateToTwoUnitsInTheLastPlace() {
        float[] x = inputs(), y = run(program(Arithmetic::exp), x);
        double worst = 0;
        for (int i = 0; i < COUNT; i++) {
            if (x[i] < -87 || x[i] > 88) continue;
            double exact = Math.exp(x[i]);
            worst = Math.max(worst, Math.abs(y[i] - exact) / Math.ulp((float) exact));
        }
        assertThat(worst).isLessThan(2);
    }

    @Test
    void silu() {
        float[] x = inputs(), y = run(program(Arithmetic::silu), x);
        for (int i = 0; i < COUNT; i++) assertThat(y[i]).isEqualTo(x[i] / (1 + Exponential.exp(-x[i])));
    }

    @Test
    void onlyF32() {
        assertThatThrownBy(() -> Arithmetic.exp(Expr.i32(1), (_, value) -> value)).hasMessage("exp of i32");
    }
}
