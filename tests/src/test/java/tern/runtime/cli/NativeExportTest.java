package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.codegen.jvm.device.CodeChoice;
import tern.codegen.jvm.device.CpuDevice;
import tern.codegen.jvm.probe.CpuProbe;
import tern.ir.device.DeviceException;
import tern.ir.target.Isa;

/// `tern export --as asm|object`, and what a user in C does with the files.
class NativeExportTest {

    private static final String TEXT = """
            kernel sums(x: i8[n, k], w: weight[m, k]) -> y: i32[n, m] {
                y[i, j] = sum(k: x[i, k] * w[j, k])
            }
            kernel grouped(x: i8[n, k], w: weight[m, k], sw: f16[k/64, m], int: f32[n]) -> y: f32[n, m] {
                y[i, j] = sum(g: sum(k: x[i, k] * w[j, k]) * sw[g, j] * int[i])
            }
            """;

    private static final long ALLOCATED = 2, EXECUTABLE = 4;

    @TempDir
    Path folder;

    private record Run(int status, String out, String err) {}

    private static Run run(Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.run(
                new PrintWriter(out, true), new PrintWriter(err, true), Arrays.stream(args).map(Object::toString).toArray(String[]::new));
        return new Run(status, out.toString(), err.toString());
    }

    private Run export(String form, Object... more) throws IOException {
        Path text = Files.writeString(folder.resolve("kernels.tir"), TEXT);
        return run(Stream.of(Stream.of("export", text, "--as", form, "--out", folder.resolve(form)), Arrays.stream(more)).flatMap(s -> s).toArray());
    }

    /// @return the folder of the kernel's files
    private Path exported(String form, String isa, String kernel, String packing, int n) throws IOException {
        Run run = export(form, "--target", isa.startsWith("neon") ? "neon128" : isa.equals("amx") ? "sapphire_rapids" : "avx2", "--isa", isa, "--kernel",
                kernel, "--packing", packing, "--m", 37, "--k", 131, "--n", n);
        assertThat(run.status).as("%s", run.err).isZero();
        try (Stream<Path> folders = Files.list(folder.resolve(form))) {
            return folders.filter(one -> one.getFileName().toString().startsWith(kernel)).findFirst().orElseThrow();
        }
    }

    /// Two bits a weight, base 3, scales of groups; one token and many.
    @ParameterizedTest
    @CsvSource({"avx2, sums, quads8, 1", "avx2, gate_up, tri5r16, 5", "avx2, grouped, q2_0, 1", "avx512, gate_up, tri5r16, 5", "avx512-vbmi, sums, quads8, 1",
        "amx, sums, tri5r32, 16"})
    void objectsAndTextAreTheSameAndExact(String isa, String kernel, String packing, int n) throws Exception {
        Path object = exported("object", isa, kernel, packing, n), text = exported("asm", isa, kernel, packing, n);
        String name = object.getFileName().toString();
        ElfFile ours = ElfFile.of(Files.readAllBytes(object.resolve(name + ".o")));
        isAnObject(ours, name);
        List<String> listing = Files.readAllLines(text.resolve(name + ".s"));
        assertThat(listing).as("mnemonics alone, each part with its line").noneMatch(line -> line.contains(".byte"))
                .anyMatch(line -> line.matches(" +# kernels.tir:\\d+")).anyMatch(line -> line.matches(" +(vpmaddubsw|vpmullw|vpaddw|vpdpbusd|tdpbssd) .*"));
        assertThat(listing.stream().anyMatch(line -> line.contains("zmm"))).isEqualTo(isa.startsWith("avx512") || isa.equals("amx"));
        assumeTrue(isThere("as") && isThere("gcc"), "GNU as or gcc is not here: what they make of the files is not seen");
        Path theirs = folder.resolve("theirs.o");
        assertThat(execute(text, "as", "-o", theirs.toString(), name + ".s")).isEmpty();
        ElfFile assembled = ElfFile.of(Files.readAllBytes(theirs));
        assertThat(assembled.content(".text")).as("what GNU as makes of the text").isEqualTo(ours.content(".text"));
        assertThat(assembled.content(".rodata")).isEqualTo(ours.content(".rodata"));
        assertThat(assembled.relocations()).isEqualTo(ours.relocations()).isNotEmpty();
        assertThat(assembled.functions()).isEqualTo(ours.functions());
        if (CpuProbe.absent(Isa.of(isa)) == null) compiles(object, name);
        else assertThat(execute(object, "gcc", "-std=c99", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", "-fsyntax-only", name + "_test.c"))
                .isEmpty();
    }

    /// Fours of products, base 3, scales of groups: compiled for another machine, and run as if on it.
    @ParameterizedTest
    @CsvSource({"neon-dotprod, sums, quads8, 1", "neon, gate_up, tri5r16, 5", "neon-i8mm, grouped, q2_0, 3"})
    void objectsForAArch64AreExact(String isa, String kernel, String packing, int n) throws Exception {
        Path object = exported("object", isa, kernel, packing, n), text = exported("asm", isa, kernel, packing, n);
        String name = object.getFileName().toString();
        ElfFile ours = ElfFile.of(Files.readAllBytes(object.resolve(name + ".o")));
        assertThat(ours.machine()).isEqualTo(183);
        assertThat(ours.undefined()).isEmpty();
        assertThat(ours.functions()).containsOnlyKeys(name + "_prepare", name + "_multiply");
        assertThat(Files.readString(object.resolve("README.md"))).contains("Linux on AArch64");
        assumeTrue(isThere("aarch64-linux-gnu-as"), "binutils for AArch64 are not here: what GNU as makes of the text is not seen");
        Path theirs = folder.resolve("theirs.o");
        assertThat(execute(text, "aarch64-linux-gnu-as", "-o", theirs.toString(), name + ".s")).isEmpty();
        ElfFile assembled = ElfFile.of(Files.readAllBytes(theirs));
        assertThat(assembled.content(".text")).as("what GNU as makes of the text").isEqualTo(ours.content(".text"));
        assertThat(assembled.functions()).isEqualTo(ours.functions());
        assumeTrue(isThere("aarch64-linux-gnu-gcc") && isThere("qemu-aarch64"), "gcc for AArch64 or qemu-aarch64 is not here: nothing is run");
        var compile = new ArrayList<>(List.of("aarch64-linux-gnu-gcc", "-static", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror"));
        compile.addAll(List.of("-std=c99", "-O2", "-o", name + "_test", name + "_test.c", name + ".c", name + ".o", "-lm"));
        assertThat(execute(object, compile.toArray(String[]::new))).isEmpty();
        String said = execute(object, "qemu-aarch64", "-cpu", "max", object.resolve(name + "_test").toString());
        assertThat(said).startsWith("results of plain loops, bit for bit: equal")
                .contains("in 7 parts, the last one first: equal", "arguments out of range are refused: equal", "weights read back: equal")
                .doesNotContain("NOT");
    }

    private static void isAnObject(ElfFile object, String name) {
        assertThat(object.type()).isEqualTo(1);
        assertThat(object.machine()).isEqualTo(62);
        assertThat(object.undefined()).as("what it needs of others").isEmpty();
        assertThat(object.functions()).containsOnlyKeys(name + "_prepare", name + "_multiply");
        ElfFile.Section text = object.sections().get(".text"), constants = object.sections().get(".rodata"), stack = object.sections().get(".note.GNU-stack");
        assertThat(text.flags()).isEqualTo(ALLOCATED | EXECUTABLE);
        assertThat(constants.flags()).isEqualTo(ALLOCATED);
        assertThat(stack.flags()).as("the stack is not executable").isZero();
        assertThat(stack.content()).isEmpty();
        assertThat(text.alignment()).isEqualTo(64);
        for (List<Long> function : object.functions().values()) {
            assertThat(function.getFirst() % 64).isZero();
            int end = (int) (function.getFirst() + function.getLast());
            assertThat(text.content()[end - 1]).as("ret").isEqualTo((byte) 0xc3);
        }
        assertThat(object.relocations()).allSatisfy(one -> {
            assertThat(one.type()).isEqualTo(2);
            assertThat(one.to()).isEqualTo("section");
            assertThat(one.addend()).isBetween(-8L, constants.content().length - 5L);
        });
    }

    /// As the README says, with all warnings.
    private static void compiles(Path object, String name) throws Exception {
        String readme = Files.readString(object.resolve("README.md"));
        List<String> commands = readme.lines().filter(line -> line.startsWith("    ")).map(String::strip).toList();
        assertThat(commands).hasSize(2);
        var compile = new ArrayList<>(List.of(commands.getFirst().replaceFirst("^cc ", "gcc -Wall -Wextra -Wno-unused-parameter -Werror ").split(" ")));
        assertThat(execute(object, compile.toArray(String[]::new))).isEmpty();
        try (CpuDevice device = new CpuDevice(1, CodeChoice.MACHINE)) {
            assertThat(device.target().machineCode()).isTrue();
        } catch (DeviceException e) {
            assumeTrue(false, "the program is compiled and not run: " + e.getMessage());
        }
        String said = execute(object, object.resolve(name + "_test").toString());
        assertThat(said.lines().toList()).hasSize(5).element(0).isEqualTo("results of plain loops, bit for bit: equal");
        assertThat(said).contains("in 7 parts, the last one first: equal", "arguments out of range are refused: equal", "weights read back: equal", "GB/s")
                .doesNotContain("NOT");
    }

    @Test
    void instructionsCanBeChosenThatThisMachineNeedNotHave() throws IOException {
        Run run = export("asm", "--isa", "avx2-vnni", "--target", "avx2", "--kernel", "sums", "--packing", "quads8", "--m", 32, "--k", 64);
        assertThat(run.status).as("%s", run.err).isZero();
        Path kernel;
        try (Stream<Path> folders = Files.list(folder.resolve("asm"))) {
            kernel = folders.findFirst().orElseThrow();
        }
        String name = kernel.getFileName().toString();
        assertThat(name).endsWith("_avx2_vnni");
        assertThat(Files.readString(kernel.resolve(name + ".s"))).contains("{vex} vpdpbusd ");
        assertThat(Files.readString(kernel.resolve(name + ".h"))).contains("avx_vnni");
    }

    @Test
    void whatIsAskedForWronglyGetsOneLine() throws IOException {
        assertFails(export("object", "--jmh", "--target", "avx2", "--packing", "quads8", "--m", 8, "--k", 16), 2,
                "--jmh: a benchmark is made of Java code alone");
        assertFails(export("object", "--isa", "sse9", "--target", "avx2"), 2, "no set of instructions is named 'sse9'");
        assertFails(export("object", "--isa", "avx2", "--target", "h200"), 2, "--isa is for CPUs, and h200 is none");
        assertFails(export("asm", "--target", "h200", "--packing", "quads8", "--m", 8, "--k", 16), 2, "native code is made for CPUs, and h200 is none");
        assertThat(folder.resolve("object")).as("nothing is written").doesNotExist();
    }

    private static void assertFails(Run run, int status, String message) {
        assertThat(run.err).contains(message);
        assertThat(run.status).as("%s%s", run.err, run.out).isEqualTo(status);
        assertThat(run.err.lines()).hasSize(1);
        assertThat(run.out).isEmpty();
    }

    private static boolean isThere(String program) {
        try {
            execute(Path.of("."), program, "--version");
            return true;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// What a program says, which ends with status 0.
    private static String execute(Path folder, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s: %s", String.join(" ", command), said).isZero();
        return said;
    }
}
