package tern.codegen.jvm.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class RandomProgramTest {

    @Test
    void agreesWithTheReference() {
        check(Long.getLong("seed", 1), Integer.getInteger("programs", 300));
    }

    static void check(long seed, int count) {
        int ran = 0;
        try (Differential one = new Differential(1); Differential three = new Differential(3)) {
            for (int i = 0; i < count; i++) {
                Random random = new Random(seed * 1_000_003 + i);
                ran += (i % 4 == 0 ? three : one).check(new RandomPrograms(random).program(i), 1, 0, random);
            }
        }
        assertThat(ran).isGreaterThan(2 * count);
    }

    public static void main(String[] arguments) {
        check(Long.parseLong(arguments[0]), Integer.parseInt(arguments[1]));
    }
}
