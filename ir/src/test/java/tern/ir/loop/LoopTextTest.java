package tern.ir.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tern.ir.Element;
import tern.ir.text.IrException;
import tern.ir.text.Source;

class LoopTextTest {

    static Program parse(String text) {
        return LoopParser.parse(new Source("test.tlp", text));
    }

    private static final String EVERYTHING =
            """
            program every source "every.tir"
              n in 1..32
              in x: i8[n * 64] values -128..127
              in rows: i32[8] values 0..7
              in half: f16[16]
              out y: i32[n * 64]
              constant table: i16[4] values -1..1 = {-1, 0, 1, 0}
              core acc: i32[128] values -1000..1000
              team all: u8[64]
            {
              for i in 0..n on cores {
                for k in 0..64 step 16 {
                  @12 let a: i16x16 = x[i * 64 + k +: 16] as i16x16
                  var s: i16x16 = 0:i16x16
                  s += lookup(table[0 +: 4], a >>> 5 & 3:i16x16)
                  s := select(a < s, -s, ~a) - (a - s)
                  @13 {
                    acc[k +: 16] = s as i32x16
                    acc[k +: 16 below 60] = max(acc[k +: 16], 7 splat i32x16)
                  }
                  y[i * 64 + k] = reduce_add(shuffle(acc[k +: 16], [0..3, 8, 9, 12..15, 0, 1, 2, 3, 4, 5]))
                }
              }
              barrier cores
              for r in rows[..n] on unrolled {
                if (r << 1) + 1 > 3 {
                  outline block1 {
                    y[r] = dot(y[r], x[r +: 4], x[r +: 4]) + (1.5 * -half[0] as f32) as i32
                  }
                }
              }
              copy all[0 +: 64] = all[0 +: 64]
              wait 0
              prefetch x[n * 4 +: 64]
              griddependency launch_dependents
              griddependency wait
              {
                wait 1
              }
            }
            """;

    @Test
    void parsesWhatIsPrinted() {
        Program program = parse(EVERYTHING);
        String printed = program.toString();
        assertThat(parse(printed)).isEqualTo(program);
        assertThat(printed)
                .isEqualTo(EVERYTHING.replace("[0..3, 8, 9, 12..15, 0, 1, 2, 3, 4, 5]", "[0..3, 8, 9, 12..15, 0..5]"));
    }

    /// Programs as they were written until November 2026.
    @Test
    void readsTheWordsOfBefore() {
        String before = EVERYTHING.replace("griddependency launch_dependents", "launches released")
                .replace("griddependency wait", "launches awaited").replace("prefetch x", "fetch x");
        assertThat(before).contains("launches released", "launches awaited", " fetch ");
        assertThat(parse(before)).isEqualTo(parse(EVERYTHING));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(ints = {0, 100, 200, 300, 400, 500, 600, 700})
    void roundTripsRandomPrograms(int first) {
        for (int seed = first; seed < first + 100; seed++) {
            Program program = Programs.random(seed);
            String text = program.toString();
            assertThat(parse(text)).as("seed %d:\n%s", seed, text).isEqualTo(program);
        }
    }

    @Test
    void oneStatementAndABlockOfOneDiffer() {
        Loop wait = new Loop.Wait(0);
        Loop block = new Loop.Block(List.of(wait));
        for (Loop body : new Loop[] {
            wait, block, new Loop.Block(List.of()), new Loop.At(1, block), new Loop.At(1, wait),
            new Loop.Block(List.of(block)), new Loop.Block(List.of(new Loop.At(2, block), wait))
        }) {
            var program = new Program("p", "s", List.of(), List.of(), body);
            assertThat(parse(program.toString())).isEqualTo(program);
        }
    }

    @Test
    void literalsAndSigns() {
        Expr one = new Expr.Int(Type.I32, 1), minus = new Expr.Int(Type.I32, -1);
        var negate = Expr.Unary.Operation.NEGATE;
        assertThat(LoopPrinter.print(new Expr.Unary(negate, one))).isEqualTo("-(1)");
        assertThat(LoopPrinter.print(minus)).isEqualTo("-1");
        assertThat(LoopPrinter.print(new Expr.Unary(negate, new Expr.Convert(Type.F32, one)))).isEqualTo("-(1 as f32)");
        assertThat(LoopPrinter.print(new Expr.Int(new Type(Element.U8, 32), 255))).isEqualTo("255:u8x32");
        assertThat(LoopPrinter.print(new Expr.Real(Type.F32, 0.1f))).isEqualTo("0.1");
        Expr sum = new Expr.Binary(Expr.Binary.Operation.SUBTRACT, one, new Expr.Binary(Expr.Binary.Operation.SUBTRACT, one, minus));
        assertThat(LoopPrinter.print(sum)).isEqualTo("1 - (1 - -1)");
    }

    private static void assertProblem(String text, String message) {
        assertThatThrownBy(() -> parse(text)).isInstanceOf(IrException.class).hasMessage(message);
    }

    @Test
    void pointsAtTheProblem() {
        assertProblem("program p source \"s\" { y[0] = 1 }", """
                test.tlp:1:24: no buffer 'y'
                  program p source "s" { y[0] = 1 }
                                         ^""");
        assertProblem("program p source \"s\"\n{\n  let a: i32x3 = 1\n}", """
                test.tlp:3:10: lanes must be a power of two: 3
                    let a: i32x3 = 1
                           ^^^^^""");
        assertProblem("program p source \"s\" out y: i8[4] { y[0 +: 2] = 1 }", """
                test.tlp:1:49: 1 lanes are stored to 2 elements
                  program p source "s" out y: i8[4] { y[0 +: 2] = 1 }
                                                                  ^""");
        assertProblem("program p source \"s\" { let a: i32 = 1 & 2 | 3 }", """
                test.tlp:1:43: '&', '|' and '^' need parentheses among each other
                  program p source "s" { let a: i32 = 1 & 2 | 3 }
                                                            ^""");
        assertProblem("program p source \"s\" { wait 0", """
                test.tlp:1:30: a statement expected, found the end of the text
                  program p source "s" { wait 0
                                               ^""");
        assertProblem("program p source \"s\" { let for: i32 = 1 }", """
                test.tlp:1:28: 'for' is a word of the language
                  program p source "s" { let for: i32 = 1 }
                                             ^^^""");
        assertProblem("program p source \"s\" { wait 99999999999999999999999 }", """
                test.tlp:1:29: 99999999999999999999999 is not in 0..2147483647
                  program p source "s" { wait 99999999999999999999999 }
                                              ^^^^^^^^^^^^^^^^^^^^^^^""");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "@1 ", "for i in 0..1 {", "let a: i32 = (", "let a: i32 = -", "let a: i32 = 1 + ", "let a: i32 = max(1, "})
    void refusesDeepNesting(String opening) {
        String let = "let a: i32 = ";
        String text = "program p source \"s\" {" + (opening.startsWith(let) ? let : "") + opening.replace(let, "").repeat(100_000);
        assertThatThrownBy(() -> parse(text)).isInstanceOf(IrException.class);
    }
}
