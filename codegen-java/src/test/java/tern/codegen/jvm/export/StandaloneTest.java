package tern.codegen.jvm.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.codegen.jvm.device.Differential;
import tern.codegen.jvm.device.Gemv;
import tern.codegen.jvm.device.RandomPrograms;
import tern.codegen.jvm.emit.FrameWriter;
import tern.codegen.jvm.emit.Machine;
import tern.codegen.jvm.emit.Uses;
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
import tern.ir.reference.ReferenceDevice;

/// Classes that stand alone, from source and from bytes, against the reference.
class StandaloneTest {

    /// 24 in a build; no more than javac takes at once.
    private static final int PROGRAMS = Math.min(Integer.getInteger("tern.campaign", 24), 360);

    @TempDir
    Path folder;

    private record Case(String name, Program program, List<byte[]> inputs, List<byte[]> expected) {}

    @Test
    void randomProgramsAgreeWithTheReferenceInBothForms() throws Exception {
        var written = new Standalone(folder);
        var cases = new ArrayList<Case>();
        try (var reference = new ReferenceDevice()) {
            for (int i = 0; i < PROGRAMS; i++) {
                var random = new Random(Long.getLong("seed", 1) * 1_000_003 + i);
                Program program = shared(new RandomPrograms(random).program(i));
                List<byte[]> inputs = Differential.inputs(program, 1, 0, random);
                List<byte[]> expected = Differential.run(reference, program, inputs, 1, 0, 1);
                String name = "P" + i;
                if (write(written, name, program, Differential.WIDTHS[i % 3])) cases.add(new Case(name, program, inputs, expected));
            }
        }
        written.compile();
        for (Case one : cases) {
            compare(one, "bytes", written.ofBytes(one.name));
            compare(one, "source", written.ofSource(one.name));
        }
        assertThat(cases).hasSizeGreaterThan(PROGRAMS / 2);
    }

    @Test
    void argumentsAreChecked() throws Exception {
        var written = new Standalone(folder);
        Program program = new Gemv(4, 3, 2).program();
        written.write("Gemv", program, 256);
        written.compile();
        Class<?> type = written.ofBytes("Gemv");
        assertThat(type.getField("RUN_BLOCKS").getInt(null)).isEqualTo(2);
        List<byte[]> inputs = Differential.inputs(program, 1, 0, new Random(1));
        assertThat(Standalone.run(type, program, inputs, 1)).hasSize(3);
        inputs.set(1, new byte[10]);
        assertThatThrownBy(() -> Standalone.run(type, program, inputs, 1)).cause()
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tables needs 640 bytes of native memory");
        Method all = Arrays.stream(type.getMethods()).filter(m -> m.getName().equals("run") && m.getParameterCount() == 3).findFirst().orElseThrow();
        MemorySegment heap = MemorySegment.ofArray(new byte[1 << 12]);
        assertThatThrownBy(() -> all.invoke(null, heap, heap, heap)).cause().hasMessage("w needs 832 bytes of native memory");
        assertThat(Arrays.stream(all.getParameters()).map(Parameter::getName)).containsExactly("w", "tables", "y");
    }

    @Test
    void whatNeedsATeamIsRefused() {
        Var i = Var.value("i", Type.I32), outer = Var.value("outer", Type.I32);
        Buf y = Buf.out("y", Element.I32, Expr.i32(4));
        Loop store = new Loop.Store(y, Expr.ref(i), Expr.i32(1), null), shared = Loop.loop(i, 4, Binding.CORES, store);
        assertRefused(Loop.loop(i, 4, Binding.SERIAL, store), List.of(y), "p: no loop is shared out to cores");
        assertRefused(Loop.block(shared, new Loop.Barrier(Binding.CORES)), List.of(y), "p: waits for CORES, and no team runs it");
        assertRefused(Loop.loop(outer, 2, Binding.SERIAL, shared), List.of(y), "p: a loop on cores stands inside of a loop: i");
        assertRefused(new Loop.Outline("all", shared), List.of(y), "p: outlined all shares out work, and no team runs it");
        Buf team = Buf.scratch("sums", Element.I32, Buf.Scope.TEAM, 4, null);
        assertRefused(shared, List.of(y, team), "p: scratch sums is shared by a team, and no team runs it");
    }

    private static void assertRefused(Loop body, List<Buf> buffers, String message) {
        var program = new Program("p", "p.tir", List.of(), buffers, body);
        var entry = new StandaloneEmitter.Entry("run", Proved.wrapping(program), "");
        assertThatThrownBy(() -> new StandaloneEmitter(new FrameWriter(), "P", "P", new Machine(256), List.of(entry)).emit())
                .isInstanceOf(CompileException.class)
                .hasMessage(message);
    }

    private static boolean write(Standalone written, String name, Program program, int bits) throws IOException {
        try {
            written.write(name, program, bits);
            return true;
        } catch (CompileException e) {
            assertThat(e).hasMessageContaining("bytes of bytecode");
            return false;
        }
    }

    private static void compare(Case one, String form, Class<?> type) throws ReflectiveOperationException {
        List<byte[]> actual = Standalone.run(type, one.program, one.inputs, 1);
        for (int i = 0; i < actual.size(); i++)
            Differential.compare(one.program, one.name + " of " + form, one.program.parameters().get(i), one.expected.get(i), actual.get(i));
    }

    /// With a loop on cores around it, if it has none.
    private static Program shared(Program program) {
        if (Uses.in(program.body()).team()) return program;
        Loop body = Loop.loop(Var.value("once", Type.I32), Expr.i32(0), Expr.i32(1), 1, Binding.CORES, program.body());
        return new Program(program.name(), program.source(), program.scalars(), program.buffers(), body);
    }
}
