package tern.ir.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.device.Device;
import tern.ir.device.Launch;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

class ReferenceDeviceTest {

    private static final int M = 64, K = 256, W = 16;

    /// `y[i, j] = sum(k: x[i, k] * w[j, k])`, weights transposed to `[k, m]`, W rows at a time.
    static Program gemv() {
        Var n = Var.value("n", Type.I32), i = Var.value("i", Type.I32), j = Var.value("j", Type.I32), k = Var.value("k", Type.I32);
        Var sum = Var.mutable("sum", new Type(Element.I32, W));
        Buf x = Buf.in("x", Element.I8, Expr.multiply(Expr.ref(n), Expr.i32(K)), Interval.of(Element.I8));
        Buf w = Buf.in("w", Element.I8, Expr.i32(K * M), Interval.of(-1, 1));
        Buf y = Buf.out("y", Element.I32, Expr.multiply(Expr.ref(n), Expr.i32(M)));
        Expr weights = Expr.load(w, Expr.add(Expr.multiply(Expr.ref(k), Expr.i32(M)), Expr.ref(j)), W);
        Expr token = Expr.load(x, Expr.add(Expr.multiply(Expr.ref(i), Expr.i32(K)), Expr.ref(k)), 1);
        Expr product = Expr.multiply(
                Expr.convert(Element.I32, weights), Expr.broadcast(W, Expr.convert(Element.I32, token)));
        Loop tile = Loop.block(
                new Loop.Let(sum, Expr.zero(sum.type())),
                Loop.loop(k, K, Binding.SERIAL, new Loop.Set(sum, Expr.add(Expr.ref(sum), product))),
                new Loop.Store(y, Expr.add(Expr.multiply(Expr.ref(i), Expr.i32(M)), Expr.ref(j)), Expr.ref(sum), null));
        Loop body = Loop.loop(i, Expr.i32(0), Expr.ref(n), 1, Binding.SERIAL,
                Loop.loop(j, Expr.i32(0), Expr.i32(M), W, Binding.CORES, tile));
        return new Program("gemv", "gemv.tir", List.of(new Program.Scalar(n, Interval.of(1, 8))), List.of(x, w, y), body);
    }

    @Test
    void multipliesAMatrix() {
        try (var device = new ReferenceDevice()) {
            var random = new SplittableRandom(1);
            byte[] x = new byte[K], w = new byte[K * M];
            random.nextBytes(x);
            for (int i = 0; i < w.length; i++) w[i] = (byte) (random.nextInt(3) - 1);
            int[] expected = new int[M], actual = new int[M];
            for (int j = 0; j < M; j++) for (int k = 0; k < K; k++) expected[j] += x[k] * w[k * M + j];

            var bufferX = device.allocate(K);
            var bufferW = device.share(MemorySegment.ofArray(w));
            var bufferY = device.allocate(4 * M);
            bufferX.write(0, MemorySegment.ofArray(x));
            var kernel = device.compile(gemv());
            device.sequence(List.of(new Launch(kernel, bufferX, bufferW, bufferY))).run(1, 0);
            bufferY.read(0, MemorySegment.ofArray(actual));
            assertThat(actual).isEqualTo(expected);
            assertThat(kernel.listing()).isEqualTo(gemv().toString());
        }
    }

    @Test
    void refusesWhatALaunchCannotHold() {
        try (var device = new ReferenceDevice()) {
            var kernel = device.compile(gemv());
            var x = device.allocate(K);
            var w = device.allocate(K * M);
            var y = device.allocate(4 * M);
            assertThatThrownBy(() -> kernel.launch(List.of(x, w), 1, 0)).hasMessage("gemv takes 3 buffers, not 2");
            assertThatThrownBy(() -> kernel.launch(List.of(x, w, y), 9, 0)).hasMessage("gemv allows n in 1..8, not 9");
            assertThatThrownBy(() -> kernel.launch(List.of(x, w, y), 2, 0))
                    .hasMessage("x needs 512 bytes, its argument has 256");
        }
    }

    @Test
    void isFoundAsAService() {
        assertThat(ServiceLoader.load(Device.Provider.class))
                .filteredOn(provider -> provider.name().equals("reference"))
                .singleElement()
                .satisfies(provider -> assertThat(provider.open(0)).hasSize(1));
    }
}
