package tern.ir.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.text.Source;

class RangesTest {

    static Program program(String head, String body) {
        var program = LoopParser.parse(new Source("test", "program p source \"s\"\n" + head + "\n{\n" + body + "\n}"));
        assertThat(LoopChecker.structure(program)).isEmpty();
        return program;
    }

    private static Ranges ranges(String head, String body) {
        return Ranges.of(program(head, body));
    }

    private static List<String> wraps(String head, String body) {
        return ranges(head, body).wraps().stream().map(Problem::toString).toList();
    }

    private static Interval of(Ranges ranges, String head, String body, String name) {
        return Stream.of(Element.values())
                .flatMap(e -> Stream.of(1, 4, 16).map(lanes -> new Type(e, lanes)))
                .flatMap(type -> Stream.of(Var.value(name, type), Var.mutable(name, type)))
                .filter(var -> program(head, body).toString().contains(name + ": " + var.type() + " ="))
                .map(ranges::of)
                .filter(interval -> !Stream.of(Element.values()).filter(Element::isInteger).map(Interval::of).toList().contains(interval))
                .findFirst()
                .orElse(Interval.ANY);
    }

    private static Interval of(String head, String body, String name) {
        return of(ranges(head, body), head, body, name);
    }

    @Test
    void additionsFitOrNot() {
        String head = "in t: i16[16] values -384..384 in w: u16[1600]";
        String body = """
                var acc: i16x16 = 0:i16x16
                for k in 0..%d {
                  acc += lookup(t[0 +: 16], w[k * 16 +: 16])
                }""";
        assertThat(wraps(head, body.formatted(85))).isEmpty();
        assertThat(of(head, body.formatted(85), "acc")).isEqualTo(Interval.of(-32640, 32640));
        assertThat(wraps(head, body.formatted(86)))
                .containsExactly("acc += lookup(t[0 +: 16], w[k * 16 +: 16]): acc + lookup(t[0 +: 16], w[k * 16 +: 16]) "
                        + "may be -33024..33024, which i16 does not hold");
    }

    /// A shift by as many bits as there are, or more, or by less than none, is another one on each machine.
    @Test
    void aShiftThatMayBeTooFarGivesAnything() {
        String body = "let z: u8 = 1:u8 << c[0]\ny[(z as i32) - 1] = 0\nlet q: i32 = x[0] >>> c[0]";
        assertThat(ranges("in c: i32[1] values 0..7 in x: i32[1] values 16..32 out y: i32[255]", body).problems()).isEmpty();
        for (String counts : new String[] {"0..8", "-1..7"}) {
            String head = "in c: i32[1] values " + counts + " in x: i32[1] values 16..32 out y: i32[255]";
            assertThat(ranges(head, body).accesses()).hasSize(1);
        }
        assertThat(of("in c: i32[1] values 0..31 in x: i32[1] values 16..32", "let q: i32 = x[0] >>> c[0]", "q")).isEqualTo(Interval.of(0, 32));
        assertThat(of("in c: i32[1] values 0..32 in x: i32[1] values 16..32", "let q: i32 = x[0] >>> c[0]", "q")).isEqualTo(Interval.ANY);
    }

    @Test
    void aShiftThatMayBeTooFarIsReported() {
        assertThat(wraps("in c: i32[1] values -1..7", "let q: i32 = 1 << c[0]"))
                .containsExactly("let q: i32 = 1 << c[0]: 1 << c[0] may shift by -1..7, and i32 has 32 bits");
    }

    @Test
    void severalSetsAndNestedLoopsAddUp() {
        String head = "in x: i8[64] values -100..100";
        String body = """
                var acc: i32 = 7
                for i in 0..4 {
                  acc += 100
                  for j in 0..10 step 3 {
                    acc := acc - (x[j] as i32)
                    acc += 5
                  }
                }""";
        // An outer iteration adds 100 and 4 times -95..105: -280..520. Lowest: in the last one, before its last `+= 5`.
        assertThat(of(head, body, "acc")).isEqualTo(Interval.of(7 - 3 * 280 + 100 - 3 * 95 - 100, 7 + 4 * 520));
    }

    @Test
    void whatTheBodyResetsDoesNotGrow() {
        String head = "in x: i8[64] values -100..100 out y: i32[64]";
        String body = """
                var wide: i32 = 0
                var acc: i16 = 0:i16
                for i in 0..64 {
                  acc := 0:i16
                  for j in 0..64 {
                    acc += x[j] as i16
                  }
                  wide += acc as i32
                }""";
        assertThat(wraps(head, body)).isEmpty();
        assertThat(of(head, body, "acc")).isEqualTo(Interval.of(-6400, 6400));
        assertThat(of(head, body, "wide")).isEqualTo(Interval.of(-409600, 409600));
    }

    @Test
    void conditionsMayHoldOrNot() {
        String head = "n in 1..8 in x: i8[8] values 0..10";
        String body = """
                var acc: i32 = 0
                for i in 0..8 {
                  if i < n {
                    acc += x[i] as i32
                  }
                  acc := select(x[i] > 0:i8, acc + 1, acc)
                }""";
        assertThat(of(head, body, "acc")).isEqualTo(Interval.of(0, 88));
    }

    @Test
    void runTimeTripsCountWithTheirLargest() {
        assertThat(wraps("n in 0..127", "var acc: i8 = 0:i8 for i in 0..n { acc += 1:i8 }")).isEmpty();
        assertThat(wraps("n in 0..128", "var acc: i8 = 0:i8 for i in 0..n { acc += 1:i8 }"))
                .containsExactly("acc += 1:i8: acc + 1:i8 may be 1..128, which i8 does not hold");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "w[0] & 31:i16; 0; 31",
        "w[0] >>> 11; 0; 31",
        "w[0] >> 11; -16; 15",
        "(w[0] & 31:i16) << 2; 0; 124",
        "(w[0] & 3:i16) | (w[0] & 3:i16) << 2; 0; 15",
        "mulhi(w[0] & 255:i16, 21846:i16); 0; 85",
        "min(x[0] as i16, 5:i16); -10; 5",
        "max(x[0] as i16, 5:i16); 5; 10",
        "abs(x[0] as i16); 0; 10",
        "-(x[0] as i16); -10; 10",
        "~(x[0] as i16); -11; 9",
        "x[0 below 4] as i16 + 3:i16; -7; 13",
        "reduce_add(x[0 +: 16] as i16x16); -160; 160",
        "reduce_max(x[0 +: 16] as i16x16); -10; 10",
        "(x[0] as i16) * (x[1] as i16); -100; 100",
        "(x[0] as i16 + 100:i16) / 7:i16; 12; 15",
        "(x[0] as i16 + 100:i16) % 7:i16; 0; 6",
        "select(x[0] < 0:i8, 3:i16, -4:i16); -4; 3",
        "dot(1000, x[0 +: 4], x[0 +: 4]) as i16; 600; 1400",
        "u[0] as i16; 0; 255",
        "u[0] bits i8 as i16; -128; 127",
        "(f[0] as i32) as i16; -32768; 32767",
    })
    void operations(String expr, long low, long high) {
        String head = "in w: i16[16] in x: i8[16] values -10..10 in u: u8[16] in f: f32[1]";
        var program = program(head, "let v: i16 = " + (expr.contains("as i32) as") ? "0:i16" : expr));
        assertThat(Ranges.of(program).of(Var.value("v", new Type(Element.I16, 1))))
                .isEqualTo(expr.contains("as i32) as") ? Interval.of(0) : Interval.of(low, high));
    }

    @Test
    void codesAreCutButNumbersAreNot() {
        String head = "in w: i32[16] in u: u16[16] in x: i16[16] values -200..200";
        assertThat(wraps(head, "let a: i8 = w[0] as i8 let b: u8 = (u[0] >>> 3) as u8 let c: i8 = (x[0] & 255:i16) as i8")).isEmpty();
        assertThat(wraps(head, "let a: i8 = x[0] as i8"))
                .containsExactly("let a: i8 = x[0] as i8: x[0] as i8 may be -200..200, which i8 does not hold");
        assertThat(wraps(head, "let a: u16 = u[0] + 1:u16"))
                .containsExactly("let a: u16 = u[0] + 1:u16: u[0] + 1:u16 may be 1..65536, which u16 does not hold");
    }

    @Test
    void memoryThatWasClearedGrowsLikeAVariable() {
        String head = "n in 1..4 in x: i16[4096] values -1000..1000 core sums: i32[64]";
        String body = """
                for block in 0..%d on cores {
                  for c in 0..4 {
                    sums[c * 16 +: 16] = 0:i32x16
                  }
                  for k in 0..64 {
                    for v in 0..4 {
                      sums[v * 16 +: 16] = sums[v * 16 +: 16] + (x[k * 64 + v * 16 +: 16] as i32x16)
                    }
                  }
                  let total: i32x16 = sums[0 +: 16] + sums[16 +: 16]
                }""";
        // Whatever the number of blocks: each clears its sums. An element belongs to one v and grows 64 times; two are added.
        assertThat(wraps(head, body.formatted(1_000_000))).isEmpty();
        assertThat(of(head, body.formatted(1_000_000), "total")).isEqualTo(Interval.of(-128_000, 128_000));
        String uncleared = body.formatted(10).replace("= 0:i32x16", "= sums[c * 16 +: 16]");
        assertThat(wraps(head, uncleared)).hasSize(2);
    }

    @Test
    void iterationsThatTouchOneAnothersElementsAllCount() {
        String head = "in x: i16[4096] values -1000..1000 core sums: i32[80]";
        String body = """
                for c in 0..5 {
                  sums[c * 16 +: 16] = 0:i32x16
                }
                for v in 0..8 {
                  sums[v * %d +: 16] = sums[%s +: 16] + (x[v * 16 +: 16] as i32x16)
                }
                let total: i32 = sums[0]""";
        assertThat(of(head, body.formatted(8, "v * 8"), "total")).isEqualTo(Interval.of(-8_000, 8_000));
        assertThat(of(head, body.replace("0..8", "0..5").formatted(16, "v * 16"), "total")).isEqualTo(Interval.of(-1_000, 1_000));
        // Each begins with what the one before has left.
        assertThat(of(head, body.replace("0..8", "1..5").formatted(16, "v * 16 - 16"), "total")).isEqualTo(Interval.of(-4_000, 4_000));
    }

    @Test
    void storesKeepToDeclaredValues() {
        String head = "in x: i8[16] values -100..100 core t: i16[16] values -200..200";
        assertThat(ranges(head, "t[0] = x[0] as i16 + (x[1] as i16)").stores()).isEmpty();
        assertThat(ranges(head, "t[0] = x[0] as i16 * 3:i16").stores().toString())
                .isEqualTo("[t[0] = x[0] as i16 * 3:i16: stores -300..300 to t, declared -200..200]");
    }

    private static List<String> accesses(String head, String body) {
        return ranges(head, body).accesses().stream().map(Problem::toString).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "for i in 0..n { for k in 0..64 step 16 { y[i * 64 + k +: 16] = 0:i32x16 } }",
        "for i in 0..n { let row: i32 = i * 64 for k in 0..40 step 16 { y[row + k +: 16 below row + 64] = 0:i32x16 } }",
        "for b in 0..(n + 3) / 4 { for t in 0..4 { let token: i32 = b * 4 + t if token < n { y[token * 64 + 63] = 0 } } }",
        "for b in 0..n / 4 { y[b * 256 +: 256] = 0:i32x256 }",
        "for i in 0..n * 64 step 64 { y[i +: 64] = 0:i32x64 }",
        "for i in 0..n { y[min(i * 64 + 70, n * 64 - 1)] = 0 }",
        "for r in rows[..n] { z[r] = 0 }",
        "for i in 0..n { for j in 0..i + 1 { y[j * 64] = 0 } }",
        "for i in 0..n { y[i % 64 + (n - 1) * 64] = 0 }",
        "let owner: i32 = rows[0] - 1 if (owner >= 0) & (owner < 4) { z[owner] = 0 }",
        "let a: i32x16 = x[n * 64 - 16 + 16 +: 16] z[0] = reduce_add(a)",
    })
    void provesAccesses(String body) {
        assertThat(accesses("n in 1..32 in x: i32[n * 64] in rows: i32[32] values 0..7 out y: i32[n * 64] out z: i32[8]", body)).isEmpty();
    }

    @Test
    void reportsAccessesThatMayLieOutside() {
        String head = "n in 1..32 in x: i32[n * 64] out y: i32[n * 64] core s: i32[8]";
        assertThat(accesses(head, "for i in 0..n + 1 { y[i * 64] = 0 }"))
                .containsExactly("y[i * 64] = 0: may write elements 0..2048 of y, which has n * 64");
        assertThat(accesses(head, "for k in 0..8 step 3 { s[k +: 4] = 0:i32x4 }"))
                .containsExactly("s[k +: 4] = 0:i32x4: may write elements 0..9 of s, which has 8");
        assertThat(accesses(head, "for k in 0..8 { s[k] = x[k - 1] }"))
                .containsExactly("s[k] = x[k - 1]: may read elements -1..6 of x, which has n * 64");
        assertThat(accesses(head, "let a: i32x32 = x[n * 64 - 15 +: 32]"))
                .containsExactly("let a: i32x32 = x[n * 64 - 15 +: 32]: may read elements 49..2064 of x, which has n * 64");
        assertThat(accesses(head, "s[0] = s[n below 9]"))
                .containsExactly("s[0] = s[n below 9]: may read elements 1..32 of s, which has 8");
        assertThat(accesses(head, "copy s[0 +: 8] = x[n * 64 - 8 +: 32]".replace("32]", "8]"))).isEmpty();
    }

    /// Each element of `s` is one that few iterations reach: as many as the table names it.
    @Test
    void aTableSpreadsWhatIsAdded() {
        String head = """
                in x: i8[64] values -100..100
                constant place: i32[6] values 0..12 = {0, 4, 8, 12, 4, 0}
                constant owner: i32[6] values -1..1 = {0, 1, -1, 0, 1, 0}
                core s: i32[16]
                core t: i16[2]""";
        String body = """
                for c in 0..2 {
                  s[c * 8 +: 8] = 0:i32x8
                }
                t[0] = 0:i16
                t[1] = 0:i16
                for i in 0..%s {
                  let at: i32 = place[i]
                  s[at +: 4] = s[at +: 4] + (x[i] as i32 splat i32x4)
                  let row: i32 = owner[i]
                  if row >= 0 {
                    t[row] = t[row] + 10000:i16
                  }
                }
                var v: i32 = s[0]
                let u: i16 = t[1]""";
        assertThat(of(head, body.formatted("4"), "v")).isEqualTo(Interval.of(-100, 100));
        assertThat(of(head, body.formatted("6"), "v")).isEqualTo(Interval.of(-200, 200));
        assertThat(of(head, body.formatted("6"), "u")).isEqualTo(Interval.of(0, 30000));
        // Windows that overlap: element 4 is reached from 1 and from 4.
        assertThat(of(head.replace("8, 12, 4, 0}", "1, 12, 4, 0}"), body.formatted("4"), "v")).isEqualTo(Interval.of(-200, 200));
        assertThat(wraps(head, body.formatted("6").replace("t[row] + 10000:i16", "t[row] + 11000:i16"))).hasSize(1);
        // Entries by another index, or in an order that may repeat itself, tell nothing.
        assertThat(of(head, body.formatted("4").replace("place[i]", "place[i / 2]"), "v")).isEqualTo(Interval.of(-400, 400));
    }
}
