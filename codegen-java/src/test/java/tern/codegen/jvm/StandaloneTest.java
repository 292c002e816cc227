package tern.codegen.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.ir.device.CompileException;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.ir.reference.ReferenceDevice;

/// Classes that stand alone, from source and from bytes, against the reference.
class StandaloneTest {

    @TempDir
    Path folder;

    private record Case(String name, Program program, List<byte[]> inputs, List<byte[]> expected) {}

    @Test
    void randomProgramsAgreeWithTheReferenceInBothForms() throws Exception {
        var written = new Standalone(folder);
        var cases = new ArrayList<Case>();
        try (var reference = new ReferenceDevice()) {
            for (int i = 0; i < Integer.getInteger("programs", 120); i++) {
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
        assertThat(cases).hasSizeGreaterThan(80);
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
        if (Uses.of(program.body()).team()) return program;
        Loop body = Loop.loop(Var.value("once", Type.I32), Expr.i32(0), Expr.i32(1), 1, Binding.CORES, program.body());
        return new Program(program.name(), program.source(), program.scalars(), program.buffers(), body);
    }
}
