package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.Ptxas;
import tern.autotune.bundle.Bundle;
import tern.autotune.bundle.Bundle.Code;
import tern.autotune.bundle.BundleFile;
import tern.autotune.bundle.SigningKey;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.simulate.Simulator;
import tern.ir.target.Targets;
import tern.ir.text.Source;
import tern.ir.text.Tir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// GPU kernels that leave: as PTX files, in the records of a tuning on a (simulated) card, and in bundles of these.
class GpuKernelsLeaveTest {

    private static final String KERNEL = """
            kernel product(x: i8[n, k], w: weight[m, k], s: f32[m]) -> y: f32[n, m] { y[i, j] = sum(k: x[i, k] * w[j, k]) * s[j] }
            """;

    @TempDir
    Path folder;

    Path text;

    @BeforeEach
    void write() throws IOException {
        text = Files.writeString(folder.resolve("kernel.tir"), KERNEL);
    }

    private record Run(int status, String out, String err) {
        String output() {
            assertThat(status).as("%s%n%s", err, out).isZero();
            return out;
        }
    }

    private static Run run(Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.run(
                new PrintWriter(out, true), new PrintWriter(err, true), Arrays.stream(args).map(Object::toString).toArray(String[]::new));
        return new Run(status, out.toString().replace("\r\n", "\n"), err.toString().replace("\r\n", "\n"));
    }

    @Test
    void exportedPtxSaysHowToLaunchItAndAssembles() throws Exception {
        Path to = folder.resolve("out");
        String said = run("export", text, "--as", "ptx", "--packing", "i2_s", "--m", 64, "--k", 256, "--n", 4, "--out", to).output();
        assertThat(said).contains(".prepare.ptx: ").contains(".multiply.ptx: ").contains(".tir: ").contains("ptxas -v -arch sm_90 ");
        List<Path> files;
        try (var all = Files.list(to)) {
            files = all.sorted().toList();
        }
        assertThat(files).hasSize(3);
        Simulator card = new Simulator(Targets.H200);
        for (Path file : files) {
            String content = Files.readString(file);
            assertThat(content).startsWith("// Made by Tern");
            if (file.toString().endsWith(".tir")) {
                Tir again = Tir.parse(new Source(file.toString(), content), null);
                assertThat(again.packings()).containsExactly(Tir.library().packing("i2_s"));
                assertThat(again.schedules()).hasSize(1);
                continue;
            }
            String entry = file.getFileName().toString().endsWith("multiply.ptx")
                    ? file.getFileName().toString().replace(".multiply.ptx", "")
                    : content.lines().filter(line -> line.startsWith("// Entry")).findFirst().orElseThrow().substring(15);
            assertThat(content).contains("// Entry       " + entry + "\n").containsPattern("// Grid        x = [n0-9]")
                    .contains("cuLaunchKernel(function, gridX");
            Gpu.Function function = card.load(content).function(entry);
            assertThat(content).contains("// Block       %d threads".formatted(function.attributes().maxThreads()));
            var ptxas = Ptxas.find();
            if (ptxas.isPresent()) assertThat(ptxas.get().assemble(content, 90).local()).isZero();
        }
    }

    @Test
    void whatHasNoPtxIsRefused() {
        Run cpu = run("export", text, "--as", "ptx", "--target", "avx2", "--packing", "i2_s", "--out", folder.resolve("none"));
        assertThat(cpu.err).startsWith("tern export: ").contains("PTX runs on NVIDIA's GPUs, and avx2 is none");
        assertThat(cpu.status).isEqualTo(1);
        assertThat(folder.resolve("none")).doesNotExist();
    }

    @Test
    void withoutACardTheCostModelChooses() {
        assertThat(run("tune", text, "--shape", "64,256,8", "--target", "h200", "--packing", "i2_s", "--cache", folder).output())
                .startsWith("h200: by the cost model alone, nothing is measured: cards are measured where they are, by --device cuda\n")
                .contains("product 64 x 256");
    }

    /// The search of a CPU, with a simulated card in the trial process; then its winners in a bundle with their PTX.
    @Test
    void aTuningOnACardIsKeptAndItsCodeTravels() throws IOException {
        Path records = folder.resolve("records.db"), bundle = folder.resolve("bundle"), keys = folder.resolve("keys");
        Run tuned = run("tune", text, "--shape", "16,64,2", "--packing", "i2_s", "--device", "simulator:h200", "--trials", 1, "--threads", 1,
                "--trial", 900, "--budget", 1800, "--cache", folder, "--records", records, "--json");
        assertThat(tuned.status).as(tuned.err + tuned.out).isZero();
        JsonNode use = JsonMapper.shared().readTree(tuned.out).get("uses").get(0);
        assertThat(use.has("chosen")).as(tuned.err + tuned.out).isTrue();
        assertThat(use.get("chosen").get("step").get("unit").asString()).isIn("dp4a", "lanes");
        assertThat(run("records", "export", bundle, "--records", records, "--keys", keys, "--code", "ptx").output()).contains("2 kernels of ptx for h200\n");
        Path other = folder.resolve("other.db");
        assertThat(run("records", "import", bundle, "--records", other, "--keys", keys).output())
                .contains("2 kernels carried, each what its schedule gives here\n");

        Bundle whole = BundleFile.read(bundle).contents();
        var files = new TreeMap<>(whole.codes().getFirst().files());
        files.replaceAll((path, content) -> content.replace("mov.u32", "mov.b32"));
        Code code = whole.codes().getFirst(), altered = new Code(code.winner(), code.batch(), code.form(), code.target(), files);
        BundleFile.write(bundle, new Bundle(whole.made(), whole.winners(), whole.trials(), List.of(altered)), SigningKey.in(keys));
        Run refused = run("records", "import", bundle, "--records", folder.resolve("third.db"), "--keys", keys);
        assertThat(refused.err).contains("is not what its schedule gives: made by another version of Tern, or altered");
        assertThat(refused.status).isEqualTo(2);
        assertThat(run("records", "import", bundle, "--records", other, "--keys", keys, "--without-code").status).isZero();
    }
}
