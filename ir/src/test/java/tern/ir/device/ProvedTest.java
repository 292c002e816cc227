package tern.ir.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tern.ir.loop.LoopParser;
import tern.ir.loop.Program;
import tern.ir.text.Source;

class ProvedTest {

    /// What the scheduler once made of ten trits in a word of 16 bits, one row a tile, its loop over k shortened: a code above 32,767 became
    /// a negative index, and the process crashed. There the digits are a constant of the program.
    private static final String SIGNED_CODE = """
            program one_n1_m33_k257_p_dec_l1_j1_n1_k25 source "c1-crash.tir"
              n in 1..1
              in prepared: i16[260] values -128..127
              in w: u16[858]
              in section0_digit0: i16[65536] values -1..1
              out y: i32[n * 33]
              constant section0_word0: i32[1] values 0..0 = {0}
              constant section0_shift0: i32[1] values 0..0 = {0}
              constant section0_slot0: i32[1] values 0..0 = {0}
              core sums: i32[1]
            {
              @12 {
                for panel1 in 0..33 on cores {
                  sums[0] = 0
                  for kBlock4 in 0..2 {
                    outline tiles {
                      let kTile9: i32 = kBlock4 * 25
                      for i10 in 0..min(25, 26 - kBlock4 * 25) {
                        let tile11: i32 = kTile9 + i10
                        let run12: i32 = tile11 * 10
                        let word14: i32 = panel1 * 26 + tile11
                        outline codes {
                          for v15 in 0..1 {
                            let code16: i16 = (w[word14 + section0_word0[v15]] >>> section0_shift0[v15] & 65535:u16) as i16
                            let x18: i32 = run12 + section0_slot0[v15]
                            sums[0] = sums[0] + (section0_digit0[code16 as i32] * prepared[x18]) as i32
                          }
                        }
                      }
                    }
                  }
                  y[panel1] = sums[0]
                }
              }
            }
            """;

    private static final String SUMS = """
            program tables source "tables.tir"
              in t: i16[48] values -384..384
              in w: u16[1600]
              out y: i16[16]
            {
              @7 {
                var acc: i16x16 = 0:i16x16
                for k in 0..28 {
                  acc += lookup(t[0 +: 16], w[k * 16 +: 16])
                  acc += lookup(t[16 +: 16], w[k * 16 +: 16])
                  @9 acc += lookup(t[32 +: 16], w[k * 16 +: 16])
                }
                y[0 +: 16] = acc
              }
            }
            """;

    private static Program parse(String text) {
        return LoopParser.parse(new Source("test", text));
    }

    private static void assertRefused(String text, String message) {
        assertThatThrownBy(() -> Proved.of(parse(text))).isInstanceOf(CompileException.class).hasMessage(message);
    }

    @Test
    void refusesTheProgramThatCrashed() {
        assertRefused(SIGNED_CODE, "one_n1_m33_k257_p_dec_l1_j1_n1_k25: unproved: line 12: sums[0] = sums[0] + (section0_digit0[code16 as i32] * "
                + "prepared[x18]) as i32: may read elements -32768..32767 of section0_digit0, which has 65536");
        String unsigned = SIGNED_CODE.replace("let code16: i16", "let code16: u16").replace("65535:u16) as i16", "65535:u16)");
        Program mended = parse(unsigned);
        assertThat(Proved.of(mended).program()).isEqualTo(mended);
    }

    /// 28 times three entries of at most 384 fit an i16, 29 times do not.
    @Test
    void refusesASumThatMayLeaveItsType() {
        assertThatCode(() -> Proved.of(parse(SUMS))).doesNotThrowAnyException();
        assertRefused(SUMS.replace("0..28", "0..29"), "tables: unproved: line 7: acc += lookup(t[16 +: 16], w[k * 16 +: 16]): "
                + "acc + lookup(t[16 +: 16], w[k * 16 +: 16]) may be -33024..33024, which i16 does not hold");
    }

    @Test
    void refusesWhatDoesNotMatchADeclaration() {
        assertRefused(SUMS.replace("out y: i16[16]", "out y: i16[16] values -9..9"),
                "tables: unproved: line 7: y[0 +: 16] = acc: stores -32256..32256 to y, declared -9..9");
        assertRefused(SUMS.replace("out y: i16", "out y: i8"), "tables: unproved: line 7: y[0 +: 16] = acc: y holds i8, the value is i16x16");
    }

    @Test
    void wrappingProgramsStayWithinTheirMemory() {
        String wraps = SUMS.replace("0..28", "0..29");
        assertThatCode(() -> Proved.wrapping(parse(wraps))).doesNotThrowAnyException();
        assertThatThrownBy(() -> Proved.wrapping(parse(wraps.replace("w: u16[1600]", "w: u16[400]")))).isInstanceOf(CompileException.class)
                .hasMessage("tables: unproved: line 7: acc += lookup(t[0 +: 16], w[k * 16 +: 16]): may read elements 0..463 of w, which has 400");
        assertThatThrownBy(() -> Proved.wrapping(parse(SIGNED_CODE))).isInstanceOf(CompileException.class).hasMessageContaining("may read");
    }
}
