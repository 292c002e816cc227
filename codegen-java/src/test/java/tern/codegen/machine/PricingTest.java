package tern.codegen.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import tern.codegen.machine.code.Feature;
import tern.ir.device.CodePricer.Price;
import tern.ir.loop.LoopParser;
import tern.ir.loop.Program;
import tern.ir.target.Core;
import tern.ir.target.Isa;
import tern.ir.text.Source;

class PricingTest {

    private static Price price(String body, int loads, Core core) {
        String text = """
            program p source "p.tir"
              in x: f32[65536]
              in a: u8[65536] values 0..2
              in b: i8[65536]
              out y: f32[64]
              out z: i16[1024]
            {
            %s
            }
            """.formatted(body);
        Program program = LoopParser.parse(new Source("p.tir", text));
        boolean arm = core == Core.NEOVERSE_N1 || core == Core.FIRESTORM;
        return MachineEmitter.price(program, Feature.of(arm ? Isa.NEON_I8MM : Isa.AVX2), core, loads);
    }

    /// One sum, in which each addition waits for the one before.
    private static String chain(int trips) {
        return """
              var s: f32x8 = 0.0:f32x8
              for i in 0..%d {
                s := s + x[i * 8 +: 8]
              }
              y[0 +: 8] = s
            """.formatted(trips);
    }

    @Test
    void aChainCostsItsLatency() {
        for (Core core : new Core[] {Core.ZEN3, Core.ZEN4, Core.GOLDEN_COVE, Core.SKYLAKE, Core.NEOVERSE_N1, Core.FIRESTORM}) {
            int latency = core.cost(Core.Work.FLOAT_ADD).latency();
            assertThat(price(chain(4000), 1, core).cycles()).as(core.name()).isCloseTo(4000.0 * latency, Percentage.withPercentage(1));
        }
    }

    /// Eight products of pairs with their sums: the products have two ports, on a Gracemont two operations each.
    @Test
    void productsCostTheirPorts() {
        String sums = IntStream.range(0, 8).mapToObj(j -> "  var s%d: i16x16 = 0:i16x16\n".formatted(j)).collect(Collectors.joining());
        String products = IntStream.range(0, 8)
                .mapToObj(j -> "    s%d := dot(s%d, a[i * 256 + %d +: 32], b[i * 256 + %d +: 32])\n".formatted(j, j, 32 * j, 32 * j))
                .collect(Collectors.joining());
        String stores = IntStream.range(0, 8).mapToObj(j -> "  z[%d +: 16] = s%d\n".formatted(16 * j, j)).collect(Collectors.joining());
        String body = sums + "  for i in 0..250 {\n" + products + "  }\n" + stores;
        // Two loads for each product: eight cycles on two ports; three ports of a Golden Cove take 16 / 3.
        assertThat(price(body, 1, Core.ZEN3).cycles() / 250).isBetween(8.0, 8.5);
        assertThat(price(body, 1, Core.GOLDEN_COVE).cycles() / 250).isBetween(5.3, 6.0);
        assertThat(price(body, 1, Core.GRACEMONT).cycles() / 250).isBetween(16.0, 17.0);
        assertThat(price(body, 1, Core.ZEN3).spills()).isZero();
    }

    /// Four products of bytes at once on AArch64: twice two for a vector of 32 bytes, by two pipes, or four with as many loads.
    @Test
    void foursOfAArch64CostTheirPorts() {
        String text = """
            program p source "p.tir"
              in a: u8[65536] values 0..2
              in b: i8[65536]
              out y: i32[32]
            {
              var s: i32x16 = 0:i32x16
              var t: i32x16 = 0:i32x16
              for i in 0..250 {
                s := dot(s, a[i * 128 +: 64], b[i * 128 +: 64])
                t := dot(t, a[i * 128 + 64 +: 64], b[i * 128 + 64 +: 64])
              }
              y[0 +: 16] = s
              y[16 +: 16] = t
            }
            """;
        Program program = LoopParser.parse(new Source("p.tir", text));
        // Sixteen loads of 16 bytes and eight products: 8 cycles on two pipes of loads, 16 / 3 on three.
        assertThat(MachineEmitter.price(program, Feature.of(Isa.NEON_I8MM), Core.NEOVERSE_N1, 1).cycles() / 250).isBetween(8.0, 9.0);
        assertThat(MachineEmitter.price(program, Feature.of(Isa.NEON_I8MM), Core.FIRESTORM, 1).cycles() / 250).isBetween(5.3, 6.0);
    }

    /// Of twenty sums, four at least have no register.
    @Test
    void spillsAreCounted() {
        String sums = IntStream.range(0, 20).mapToObj(j -> "  var s%d: f32x8 = 0.0:f32x8\n".formatted(j)).collect(Collectors.joining());
        String additions = IntStream.range(0, 20).mapToObj(j -> "    s%d := s%d + x[i * 160 + %d +: 8]\n".formatted(j, j, 8 * j)).collect(Collectors.joining());
        String all = IntStream.range(1, 20).mapToObj(j -> " + s" + j).collect(Collectors.joining());
        assertThat(price(sums + "  for i in 0..100 {\n" + additions + "  }\n  y[0 +: 8] = s0" + all + "\n", 1, Core.ZEN3).spills()).isGreaterThanOrEqualTo(8);
        assertThat(price(chain(100), 1, Core.ZEN3).spills()).isZero();
    }
}
