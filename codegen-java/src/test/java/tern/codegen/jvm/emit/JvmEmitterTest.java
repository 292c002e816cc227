package tern.codegen.jvm.emit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tern.codegen.jvm.JvmClass;
import tern.codegen.jvm.device.Differential;
import tern.codegen.jvm.device.Gemv;
import tern.ir.Element;
import tern.ir.device.CompileException;
import tern.ir.device.Proved;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

class JvmEmitterTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/gemv_128_27_r4_avx512.txt");

    /// Run with -Dgolden.update=true to accept new text, then read the diff.
    @Test
    void listing() throws IOException {
        String listing = JvmEmitter.emit(Proved.of(new Gemv(4, 3, 4).program()), 512).listing();
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(GOLDEN.getParent());
            Files.writeString(GOLDEN, listing);
        }
        assertThat(listing).isEqualTo(Files.readString(GOLDEN));
    }

    private static Program program(Loop body, Buf... buffers) {
        return new Program("p", "p.tir", List.of(), List.of(buffers), body);
    }

    private static JvmClass emit(Loop body, Buf... buffers) {
        return JvmEmitter.emit(Proved.wrapping(program(body, buffers)), 512);
    }

    private static Loop store(Buf to, int lanes, Var i) {
        return new Loop.Store(to, multiply(ref(i), i32(lanes)), Expr.zero(new Type(to.element(), lanes)), null);
    }

    @Test
    void refusesMethodsThatHotSpotWouldNotCompile() {
        Buf y = Buf.out("y", Element.I8, i32(1 << 16));
        Var i = Var.value("i", Type.I32);
        Loop body = Loop.loop(i, 1000, Binding.UNROLLED, store(y, 64, i));
        assertThatThrownBy(() -> emit(body, y))
                .isInstanceOf(CompileException.class)
                .hasMessageMatching("p: method run has [0-9]+ bytes of bytecode, and HotSpot compiles none of 8000 or more");
    }

    @Test
    void refusesWhatWouldLoseItsMeaning() {
        Buf y = Buf.out("y", Element.I8, i32(64));
        Var i = Var.value("i", Type.I32), j = Var.value("j", Type.I32);
        Loop nested = Loop.loop(i, 2, Binding.CORES, Loop.loop(j, 2, Binding.BLOCKS, store(y, 16, j)));
        assertThatThrownBy(() -> emit(nested, y))
                .hasMessage("p: a loop on cores stands inside of another: j");
    }

    /// One outlined body is one method, however often it is called.
    @Test
    void outlinesOnce() {
        Buf y = Buf.out("y", Element.I8, i32(1 << 10));
        Var i = Var.value("i", Type.I32);
        Loop body = Loop.loop(i, 5, Binding.UNROLLED, new Loop.Outline("tile", store(y, 64, i)));
        assertThat(emit(body, y).listing()).containsOnlyOnce("static tile(");
    }

    /// Frames of hidden classes show up under -XX:+ShowHiddenFrames and in profilers.
    @Test
    void linesAreThoseOfTheText() {
        Buf y = Buf.out("y", Element.I8, i32(64));
        Var i = Var.value("i", Type.I32);
        Loop body = new Loop.At(17, Loop.loop(i, 1, Binding.SERIAL, new Loop.At(18, store(y, 64, i))));
        assertThat(emit(body, y).listing())
                .contains("// compiled from: p.tir", "LINENUMBER 17 ", "LINENUMBER 18 ");
    }

    /// A value is whole before any of it is stored.
    @Test
    void movesWithinABuffer() {
        Buf y = new Buf("y", Element.I16, Buf.Scope.INOUT, i32(300), null, null);
        Type type = new Type(Element.I16, 128);
        Expr splat = Expr.broadcast(128, Expr.add(Expr.load(y, i32(7), 1), Expr.load(y, i32(9), 1)));
        Loop body = Loop.block(
                new Loop.Store(y, i32(3), Expr.load(y, i32(0), 128), null),
                new Loop.Store(y, i32(100), new Expr.Binary(Expr.Binary.Operation.ADD, Expr.load(y, i32(100), 128),
                        new Expr.Shuffle(Expr.load(y, i32(90), 128), java.util.stream.IntStream.range(0, 128)
                                .mapToObj(l -> 127 - l).toList())),
                        null),
                new Loop.Store(y, i32(0), new Expr.Binary(Expr.Binary.Operation.MULTIPLY, splat,
                        Expr.load(y, i32(0), type.lanes())), i32(101)));
        try (Differential differential = new Differential(1)) {
            assertThat(differential.check(program(body, y), 1, 0, new Random(2))).isEqualTo(3);
        }
    }

    /// Phases on all cores with a barrier between, scratch of the team and of each core, copies.
    @Test
    void phasesAndScratch() {
        int rows = 40, lanes = 16;
        Buf x = Buf.in("x", Element.I32, i32(rows * lanes), null), y = Buf.out("y", Element.I32, i32(rows * lanes));
        Buf shared = Buf.scratch("shared", Element.I32, Buf.Scope.TEAM, rows * lanes, null);
        Buf own = Buf.scratch("own", Element.I32, Buf.Scope.CORE, lanes, null);
        Buf ones = Buf.constant("ones", Element.I32, java.util.stream.IntStream.range(0, lanes).toArray());
        Var i = Var.value("i", Type.I32), j = Var.value("j", Type.I32);
        Expr at = multiply(ref(i), i32(lanes));
        Expr mirrored = multiply(Expr.subtract(i32(rows - 1), ref(j)), i32(lanes));
        List<Loop> steps = new ArrayList<>();
        steps.add(Loop.loop(i, rows, Binding.CORES, Loop.block(
                new Loop.CopyAsync(own, i32(0), x, at, lanes),
                new Loop.Wait(0),
                new Loop.Store(shared, at, Expr.add(Expr.load(own, i32(0), lanes), Expr.load(ones, i32(0), lanes)), null))));
        steps.add(new Loop.Barrier(Binding.CORES));
        steps.add(Loop.loop(j, rows, Binding.CORES,
                new Loop.Store(y, multiply(ref(j), i32(lanes)), Expr.load(shared, mirrored, lanes), null)));
        Program program = new Program("phases", "p.tir", List.of(), List.of(x, y, shared, own, ones), Loop.block(steps));
        for (int threads = 1; threads <= 3; threads++)
            try (Differential differential = new Differential(threads)) {
                for (int round = 0; round < 20; round++)
                    assertThat(differential.check(program, 1, 0, new Random(round))).isEqualTo(3);
            }
    }
}
