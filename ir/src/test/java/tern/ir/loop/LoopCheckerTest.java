package tern.ir.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.text.Source;

class LoopCheckerTest {

    private static final String HEAD =
            """
            program p source "s"
              n in 1..8
              in b: i8[64]
              in w: u16[64]
              in f: f32[64]
              in h: f16[64]
              out y: i32[64]
              core s: i32[64]
            """;

    private static List<String> problems(String body) {
        var program = LoopParser.parse(new Source("test", HEAD + "{\n" + body + "\n}"));
        return LoopChecker.structure(program).stream().map(Problem::toString).toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
        "y[0] = b[0]; y holds i32, the value is i8",
        "let a: i32 = b[0]; a is i32, its value i8",
        "let a: i8 = b[0 below w[0]]; the limit is u16, not i32",
        "let a: i8 = 256:i8; 256 does not fit i8",
        "let a: f32 = 1:f32; the integer 1 has type f32",
        "let a: i32 = 1.0:i32; the float 1.0 has type i32",
        "let a: i8 = b[0] + 1; '+' of i8 and i32",
        "let a: f16 = h[0] + h[1]; '+' of f16",
        "let a: i8x4 = b[0 +: 4] / b[0 +: 4]; '/' of i8x4",
        "let a: f32 = f[0] % f[1]; '%' of f32",
        "let a: f32 = f[0] & f[1]; '&' of f32",
        "let a: f32 = mulhi(f[0], f[1]); mulhi of f32",
        "let a: u16 = w[0] >> 1; '>>' of u16, which has no sign: '>>>'",
        "let a: u16 = w[0] << w[1]; the shift count is u16, not i32",
        "let a: i32 = sqrt(1); sqrt of i32",
        "let a: f32 = ~f[0]; not of f32",
        "let a: f32 = fma(f[0], 1, f[1]); fma of i32 and f32",
        "let a: bool = f[0] < 1; '<' of f32 and i32",
        "let a: i32 = select(1, 2, 3); select between i32 by i32",
        "let a: i32 = select(1 < 2, 2, b[0]); select of i32 and i8",
        "let a: i32 = h[0] as i32; f16 does not convert to i32",
        "let a: i32x4 = b[0] as i32x4; i8 does not convert to i32x4",
        "let a: i32 = b[0] bits i32; i8 has not the bits of i32",
        "let a: i32x4 = b[0] splat i32x4; i8 in every lane of i32x4",
        "let a: i8x4 = lookup(b[0 +: 16], w[0 +: 4]); lookup in i8x16 by u16x4",
        "let a: i8x2 = shuffle(b[0 +: 4], [0, 4]); lane 4 of i8x4",
        "let a: i8 = reduce_mulhi(b[0 +: 4]); reduce_mulhi of i8x4",
        "let a: i32 = dot(1, b[0 +: 8], b[0 +: 8]); dot of i8x8 and i8x8 to i32",
        "let a: i32 = y[0]; y is only written",
        "b[0] = 1:i8; b is only read",
        "if n { wait 0 }; the condition is i32",
        "for i in 0..f[0] { wait 0 }; runs from i32 to f32",
        "for i in 0..n on unrolled { wait 0 }; is written out, but its range is no constant",
        "for i in w[..4] { wait 0 }; w holds u16, not i32",
        "barrier serial; only cores and threads wait for each other",
        "copy s[0 +: 4] = b[0 +: 4]; i8 is copied to i32",
        "copy b[0 +: 4] = b[8 +: 4]; b is only read",
    })
    void oneProblem(String statement, String problem) {
        String first = statement.replaceFirst(" \\{.*", "");
        assertThat(problems(statement)).containsExactly(first + ": " + problem);
    }

    private static void assertProblem(String body, String... problems) {
        assertThat(problems(body)).containsExactly(problems);
    }

    @Test
    void scopes() {
        assertProblem("{ let a: i32 = 1 } y[0] = a", "y[0] = a: a is not declared here");
        assertProblem("for i in 0..4 { let a: i32 = i } y[0] = i", "y[0] = i: i is not declared here");
        assertProblem("@7 let a: i32 = 1 y[0] = a");
        assertProblem("@7 { let a: i32 = 1 y[1] = a } y[0] = a", "y[0] = a: a is not declared here");
        assertProblem("let a: i32 = 1 a := 2", "a := 2: a stays as it is");
    }

    @Test
    void outlinesTakeScalarsAndGiveNothing() {
        assertProblem("let a: i32 = 1 outline o { y[0] = a }");
        assertProblem("let a: i32x4 = 1:i32x4 outline o { y[0 +: 4] = a }",
                "y[0 +: 4] = a: a is i32x4, but only scalars flow into an outline");
        assertProblem("var a: i32 = 1 outline o { a += 1 }",
                "a += 1: changes a, which is declared outside of the outline");
    }

    @Test
    void parallelLoops() {
        assertProblem("for i in 0..4 on cores { for j in 0..4 on cores { y[i] = j } }",
                "for j in 0..4 on cores: stands inside a loop on cores");
        assertProblem("for i in 0..4 on cores { barrier cores }", "barrier cores: stands inside a loop on cores");
        assertProblem("var a: i32 = 0 for i in 0..4 on cores { a += i }",
                "a += i: changes a, which is declared outside of the parallel loop");
        assertProblem("for i in 0..4 on cores { var a: i32 = 0 for j in 0..4 { a += j } y[i] = a }");
    }

    @Test
    void parametersAreTouchedBehindTheLaunchesThatMayWriteThem() {
        assertProblem("s[0] = b[0] as i32 y[0] = 1");
        assertProblem("griddependency launch_dependents prefetch b[0 +: 16] s[0] = 1 griddependency wait y[0] = b[0] as i32");
        assertProblem("s[0] = b[0] as i32 griddependency wait",
                "s[0] = b[0] as i32: touches b before the launches that may write it are awaited");
        assertProblem("for i in 0..n on blocks { y[i] = 1 griddependency wait }",
                "y[i] = 1: touches y before the launches that may write it are awaited");
        assertProblem("if n < 2 { griddependency wait }", "griddependency wait: is not reached by every block, once");
        assertProblem("for i in 0..n { griddependency launch_dependents }", "griddependency launch_dependents: is not reached by every block, once");
        assertProblem("prefetch s[0 +: 4]", "prefetch s[0 +: 4]: s is no parameter that is only read");
    }

    @Test
    void allProblemsAreFound() {
        assertProblem("y[0] = b[0] y[f[0]] = 1 y[0] = 1 + b[0]",
                "y[0] = b[0]: y holds i32, the value is i8",
                "y[f[0]] = 1: the index is f32, not i32",
                "y[0] = 1 + b[0]: '+' of i32 and i8");
    }

    @Test
    void declarations() {
        Var n = Var.value("n", Type.I32);
        Buf good = Buf.constant("t", Element.I8, 1, 2);
        var program = new Program("for", "s", List.of(new Program.Scalar(Var.value("n", Type.F32), Interval.of(1))), List.of(
                new Buf("t", Element.I8, Buf.Scope.CONSTANT, Expr.i32(3), null, List.of(1, 2)),
                new Buf("t", Element.I8, Buf.Scope.CONSTANT, Expr.i32(1), Interval.of(0), List.of(1)),
                new Buf("u", Element.I8, Buf.Scope.CORE, Expr.ref(n), Interval.of(0, 255), null),
                new Buf("1", Element.F32, Buf.Scope.CORE, Expr.load(good, Expr.i32(0), 1), Interval.of(0), null)),
                new Loop.Wait(0));
        assertThat(LoopChecker.structure(program).stream().map(Problem::toString)).containsExactly(
                "program for: no name",
                "n in 1..1: a launch passes n and position, i32, that stay",
                "constant t: i8[3] = {1, 2}: a constant has as many numbers as elements",
                "constant t: i8[1] values 0..0 = {1}: there is a 't' already",
                "constant t: i8[1] values 0..0 = {1}: it cannot hold 1",
                "core u: i8[n] values 0..255: n is not declared here",
                "core u: i8[n] values 0..255: 0..255 does not fit i8",
                "core 1: f32[t[0]] values 0..0: '1' is no name",
                "core 1: f32[t[0]] values 0..0: the extent is i8, not i32",
                "core 1: f32[t[0]] values 0..0: the extent depends on memory",
                "core 1: f32[t[0]] values 0..0: buffer t is not declared",
                "core 1: f32[t[0]] values 0..0: f32 has no integer values");
    }

    @Test
    void checkAlsoProvesAccesses() {
        var program = LoopParser.parse(new Source("test", HEAD + "{ y[n * 8] = 0 }"));
        assertThat(LoopChecker.check(program).toString())
                .isEqualTo("[y[n * 8] = 0: may write elements 8..64 of y, which has 64]");
    }
}
