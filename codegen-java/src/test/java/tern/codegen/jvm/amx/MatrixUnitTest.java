package tern.codegen.jvm.amx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatrixUnitTest {

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "1, 2, 1", "2, 1, 3", "2, 2, 1", "2, 2, 7", "1, 2, 54"})
    void addsTheProduct(int aTiles, int bTiles, int steps) {
        assumeTrue(MatrixUnit.isAvailable(), "no matrix unit here");
        try (Arena arena = Arena.ofConfined()) {
            var random = new SplittableRandom(steps);
            byte[] a = new byte[aTiles * steps * 1024], b = new byte[bTiles * steps * 1024];
            random.nextBytes(a);
            random.nextBytes(b);
            int[] sums = random.ints((long) aTiles * bTiles * 256, -1000, 1000).toArray(), expected = sums.clone();
            for (int row = 0; row < 16 * aTiles; row++)
                for (int column = 0; column < 16 * bTiles; column++)
                    for (int k = 0; k < 64 * steps; k++) {
                        int step = k / 64, q = k % 64;
                        expected[row * 16 * bTiles + column] += a[(row / 16 * steps + step) * 1024 + row % 16 * 64 + q]
                                * b[(column / 16 * steps + step) * 1024 + q / 4 * 64 + column % 16 * 4 + q % 4];
                    }
            MemorySegment to = copy(MemorySegment.ofArray(sums), arena), left = copy(MemorySegment.ofArray(a), arena),
                    right = copy(MemorySegment.ofArray(b), arena);
            MatrixUnit.product(aTiles, bTiles, to.address(), left.address(), right.address(), steps);
            assertThat(to.toArray(ValueLayout.JAVA_INT)).isEqualTo(expected);
        }
    }

    private static MemorySegment copy(MemorySegment bytes, Arena arena) {
        return arena.allocate(bytes.byteSize(), 64).copyFrom(bytes);
    }

    @Test
    void saysSoWhereThereIsNone() {
        assumeFalse(MatrixUnit.isAvailable(), "there is a matrix unit here");
        assertThatThrownBy(() -> MatrixUnit.product(1, 1, 0, 0, 0, 1)).isInstanceOf(IllegalStateException.class);
    }

    /// What binutils reads in our bytes, where it is installed.
    @Test
    void isReadByADisassembler(@TempDir Path folder) throws IOException, InterruptedException {
        assertThat(lines(folder, TileCode.of(1, 2))).containsExactly(
                "ldtilecfg (%r8)",
                "mov %rcx,%r9",
                "shl $0xa,%r9",
                "lea (%rdx,%r9,1),%r10",
                "add %rsi,%r9",
                "mov $0x40,%eax",
                "mov $0x80,%r11d",
                "tileloadd 0x0(%rdi,%r11,1),%tmm0",
                "tileloadd 0x40(%rdi,%r11,1),%tmm1",
                "tileloadd 0x0(%rsi,%rax,1),%tmm4",
                "tileloadd 0x0(%rdx,%rax,1),%tmm5",
                "tdpbssd %tmm5,%tmm4,%tmm0",
                "tileloadd 0x0(%r10,%rax,1),%tmm5",
                "tdpbssd %tmm5,%tmm4,%tmm1",
                "add $0x400,%rsi",
                "add $0x400,%rdx",
                "add $0x400,%r10",
                "dec %rcx",
                "jne 0x32",
                "tilestored %tmm0,0x0(%rdi,%r11,1)",
                "tilestored %tmm1,0x40(%rdi,%r11,1)",
                "tilerelease",
                "ret");
    }

    private static List<String> lines(Path folder, byte[] code) throws IOException, InterruptedException {
        Path file = Files.write(folder.resolve("code"), code), out = folder.resolve("listing");
        Process process;
        try {
            process = new ProcessBuilder("objdump", "-D", "-b", "binary", "-m", "i386:x86-64", "--no-show-raw-insn", file.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .start();
        } catch (IOException e) {
            assumeTrue(false, "objdump is not installed");
            throw e;
        }
        assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
        List<String> listing = Files.readAllLines(out);
        assumeTrue(listing.stream().noneMatch(line -> line.contains("(bad)")), "an objdump that does not know AMX");
        return listing.stream()
                .filter(line -> line.matches(" +[0-9a-f]+:\\s.*"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip().replaceAll("\\s+", " "))
                .toList();
    }
}
