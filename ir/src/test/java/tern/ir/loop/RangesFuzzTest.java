package tern.ir.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tern.ir.Interval;
import tern.ir.reference.ReferenceDevice;
import tern.ir.text.Source;

/// Random programs that note the least and the largest value of each variable: what was proved must hold in every run.
class RangesFuzzTest {

    private static final int VARIABLES = 64;

    private SplittableRandom random = new SplittableRandom();
    private StringBuilder text = new StringBuilder();
    private final List<String> variables = new ArrayList<>();
    private final List<String> indices = new ArrayList<>();
    private final List<String> visible = new ArrayList<>();
    private int loops;

    @Test
    void whatIsProvedHolds() {
        int proved = 0, inBounds = 0;
        for (int seed = 0; seed < 1500; seed++) {
            Program program = program(seed);
            assertThat(LoopChecker.structure(program)).as("seed %d\n%s", seed, text).isEmpty();
            Ranges ranges = Ranges.of(program);
            if (!ranges.accesses().isEmpty()) continue;
            inBounds++;
            boolean fits = ranges.wraps().isEmpty();
            if (fits) proved++;
            for (int n = 0; n <= 3; n++) {
                int[] low = new int[VARIABLES], high = new int[VARIABLES];
                Arrays.fill(low, Integer.MAX_VALUE);
                Arrays.fill(high, Integer.MIN_VALUE);
                run(program, n, low, high);
                for (int v = 0; v < variables.size() && fits; v++) {
                    if (low[v] > high[v]) continue;
                    Var var = var(program.body(), variables.get(v));
                    assertThat(ranges.of(var).contains(Interval.of(low[v], high[v])))
                            .as("seed %d: n = %d: %s in %d..%d, proved %s\n%s", seed, n, var, low[v], high[v], ranges.of(var), text)
                            .isTrue();
                }
            }
        }
        assertThat(inBounds).isGreaterThan(300);
        assertThat(proved).isGreaterThan(200);
    }

    private static void run(Program program, int n, int[] low, int[] high) {
        try (var device = new ReferenceDevice()) {
            var x = device.allocate(16);
            var lows = device.allocate(4L * VARIABLES);
            var highs = device.allocate(4L * VARIABLES);
            byte[] values = new byte[16];
            for (int i = 0; i < 16; i++) values[i] = (byte) (i * 7 % 11 - 5);
            x.write(0, MemorySegment.ofArray(values));
            lows.write(0, MemorySegment.ofArray(low));
            highs.write(0, MemorySegment.ofArray(high));
            device.compile(program).launch(List.of(x, lows, highs), n, 0);
            lows.read(0, MemorySegment.ofArray(low));
            highs.read(0, MemorySegment.ofArray(high));
        }
    }

    /// The variable of that name.
    private static Var var(Loop loop, String name) {
        var found = new ArrayList<Var>();
        collect(loop, name, found);
        return found.getFirst();
    }

    private static void collect(Loop loop, String name, List<Var> found) {
        switch (loop) {
            case Loop.Block(var steps) -> steps.forEach(step -> collect(step, name, found));
            case Loop.Let(Var var, _) -> {
                if (var.name().equals(name)) found.add(var);
            }
            case Loop.For(_, _, _, Loop body) -> collect(body, name, found);
            case Loop.If(_, Loop then) -> collect(then, name, found);
            default -> {}
        }
    }

    private Program program(int seed) {
        random = new SplittableRandom(seed);
        variables.clear();
        indices.clear();
        visible.clear();
        loops = 0;
        text = new StringBuilder(
                """
                program p source "s"
                  n in 0..3
                  in x: i8[16] values -5..5
                  inout low: i32[64]
                  inout high: i32[64]
                  core s: i32[16]
                {
                  for clear in 0..4 {
                    s[clear * 4 +: 4] = 1:i32x4
                  }
                """);
        for (int i = 0; i < 3; i++) declare("var", Integer.toString(random.nextInt(-3, 4)));
        block(3);
        text.append("}\n");
        return LoopParser.parse(new Source("test", text.toString()));
    }

    private void declare(String word, String value) {
        String name = (word.equals("var") ? "v" : "t") + variables.size();
        text.append("%s %s: i32 = %s\n".formatted(word, name, value));
        variables.add(name);
        visible.add(name);
        note(name);
    }

    private void note(String name) {
        int slot = variables.indexOf(name);
        text.append("low[%d] = min(low[%d], %s)\nhigh[%d] = max(high[%d], %s)\n".formatted(slot, slot, name, slot, slot, name));
    }

    private void block(int depth) {
        int before = visible.size();
        for (int i = random.nextInt(1, 5); i > 0; i--) statement(depth);
        while (visible.size() > before) visible.removeLast();
    }

    private void statement(int depth) {
        switch (random.nextInt(depth > 0 ? 10 : 6)) {
            case 0, 1 -> {
                String var = mutable();
                String e = expr(1);
                text.append(switch (random.nextInt(6)) {
                    case 0 -> var + " := " + e;
                    case 1 -> var + " := " + var + " - (" + e + ")";
                    case 2 -> var + " := select(" + condition() + ", " + var + " + (" + e + "), " + var + ")";
                    case 3 -> var + " := max(" + var + ", " + e + ")";
                    default -> var + " += " + e;
                }).append('\n');
                note(var);
            }
            case 2 -> {
                String at = "s[" + index() + "]";
                text.append("%s = %s + (%s)\n".formatted(at, at, expr(1)));
            }
            case 3 -> text.append("s[%s] = %s\n".formatted(index(), expr(1)));
            case 4 -> {
                if (variables.size() < VARIABLES) declare("let", random.nextBoolean() ? "s[" + index() + "]" : expr(2));
            }
            case 5 -> {
                int from = 4 * random.nextInt(3);
                text.append("s[%d +: 4] = s[%d +: 4] + %d:i32x4\n".formatted(from, from, random.nextInt(-2, 3)));
            }
            case 6 -> {
                text.append("if ").append(condition()).append(" {\n");
                block(depth - 1);
                text.append("}\n");
            }
            case 7 -> {
                String i = "c" + loops++;
                text.append("for %s in 0..%d { s[%s * 4 +: 4] = %d:i32x4 }\n".formatted(i, random.nextInt(1, 5), i, random.nextInt(3)));
            }
            default -> {
                String i = "i" + loops++;
                String to = random.nextBoolean() ? "n" : Integer.toString(random.nextInt(1, 5));
                text.append("for %s in %s..%s step %d {\n".formatted(
                        i, indices.isEmpty() || random.nextInt(3) > 0 ? "0" : indices.getLast(), to, random.nextInt(1, 3)));
                indices.add(i);
                block(depth - 1);
                indices.removeLast();
                text.append("}\n");
            }
        }
    }

    private String mutable() {
        return "v" + random.nextInt(3);
    }

    private String index() {
        String i = indices.isEmpty() ? Integer.toString(random.nextInt(16)) : indices.get(random.nextInt(indices.size()));
        return switch (random.nextInt(5)) {
            case 0 -> Integer.toString(random.nextInt(16));
            case 1 -> i;
            case 2 -> i + " + " + random.nextInt(12);
            case 3 -> "(" + expr(1) + ") & " + random.nextInt(1, 16);
            default -> "min(" + i + " * 4, 12) + " + random.nextInt(4);
        };
    }

    private String expr(int depth) {
        return switch (random.nextInt(depth > 0 ? 8 : 4)) {
            case 0 -> Integer.toString(random.nextInt(-4, 5));
            case 1 -> indices.isEmpty() ? "n" : indices.get(random.nextInt(indices.size()));
            case 2 -> "x[" + random.nextInt(16) + "] as i32";
            case 3 -> random.nextInt(3) == 0 ? visible.get(random.nextInt(visible.size())) : "n";
            case 4 -> "(" + expr(depth - 1) + ") - (" + expr(depth - 1) + ")";
            case 5 -> "(" + expr(depth - 1) + ") * " + random.nextInt(-2, 3);
            case 6 -> "((" + expr(depth - 1) + ") & 7) >> 1";
            default -> "min(" + expr(depth - 1) + ", " + expr(depth - 1) + ")";
        };
    }

    private String condition() {
        String[] relations = {"<", "<=", ">", ">=", "==", "!="};
        return expr(1) + " " + relations[random.nextInt(6)] + " " + expr(0);
    }
}
