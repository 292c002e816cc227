package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tern.GoldenFiles;
import tern.codegen.cuda.GpuException;
import tern.codegen.cuda.driver.CudaDriver;
import tern.codegen.machine.ExecutableMemory;
import tern.ir.device.CompileException;
import tern.runtime.cli.console.Failure;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `--device` with everything that it takes: cards, simulated ones, several at once, and what is not there.
class DeviceOptionTest {

    private static final int TOKENS = 3;

    @TempDir
    Path folder;

    Path ids;

    @BeforeEach
    void writeIds() throws IOException {
        byte[] all = Files.readAllBytes(GoldenFiles.path("robust128.tokens.i32"));
        ids = Files.write(folder.resolve("ids.i32"), Arrays.copyOf(all, 4 * TOKENS));
    }

    private record Run(int status, String out, String err) {}

    private static Run run(Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.run(
                new PrintWriter(out, true), new PrintWriter(err, true), Arrays.stream(args).map(Object::toString).toArray(String[]::new));
        return new Run(status, out.toString().replace("\r\n", "\n"), err.toString().replace("\r\n", "\n"));
    }

    private Run logits(String device, String to, Object... more) {
        var args = new Object[] {
            "logits", "--model", GoldenFiles.path("robust128.i2_s.gguf"), "--ids", ids, "--out", folder.resolve(to), "--device", device,
            "--threads", 1, "--context", 16, "--cache", folder.resolve("cache"), "--batch", 2
        };
        var all = Arrays.copyOf(args, args.length + more.length);
        System.arraycopy(more, 0, all, args.length, more.length);
        return run(all);
    }

    private byte[] logitsOf(String device, Object... more) throws IOException {
        Run run = logits(device, "logits.f32", more);
        assertThat(run.status).as("%s: %s", device, run.err).isZero();
        return Files.readAllBytes(folder.resolve("logits.f32"));
    }

    /// Batches, then single tokens; the third token makes a share of its own, so that two sections work at the same time.
    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu:machine", "cpu:bytecode", "simulator", "cpu,reference", "cpu,cpu", "simulator:h200,simulator:a100"})
    void everyDeviceGivesTheSameBits(String device) throws IOException {
        assumeFalse(device.equals("cpu:machine") && ExecutableMemory.obstacle() != null, "no machine code here");
        byte[] expected = logitsOf("cpu");
        assertThat(logitsOf(device)).isEqualTo(expected);
        assertThat(logitsOf(device, "--step")).isEqualTo(expected);
    }

    @Test
    void whatIsNotThereIsSaid() {
        assertRefused("no device is named 'abacus'; there are cpu, cuda, reference, simulator", "abacus");
        assertRefused("no device is named 'cpu:1'; there are cpu:auto, cpu:machine, cpu:bytecode", "cpu:1");
        assertRefused("no device is named 'simulator:b300'; there are simulator:h200, simulator:a100, simulator:rtx4090", "cpu,simulator:b300");
        assertRefused("2 layers cannot be split over 3 devices", "cpu,cpu,cpu");
    }

    private void assertRefused(String problem, String device) {
        Run run = logits(device, "none.f32");
        assertThat(run.err.lines().toList()).containsExactly("tern logits: " + problem);
        assertThat(run.status).isEqualTo(2);
        assertThat(folder.resolve("none.f32")).doesNotExist();
    }

    @Test
    void withoutADriverOneLineSaysSoAndAFallbackIsUsedIfAskedFor() throws IOException {
        assumeThat(CudaDriver.absence()).as("a machine without a card").hasValue("no CUDA driver found");
        for (String device : List.of("cuda", "cuda:7", "cpu,cuda")) {
            Run run = logits(device, "none.f32");
            assertThat(run.err.lines().toList())
                    .containsExactly("tern logits: no CUDA driver found: it comes with NVIDIA's driver; --device cpu needs none");
            assertThat(run.status).isEqualTo(1);
        }
        assertThat(logitsOf("cuda", "--fallback", "cpu")).isEqualTo(logitsOf("cpu"));
    }

    @Test
    void whatADriverSaysIsOneLine() {
        Failure memory = Failure.of(new GpuException("cuMemAlloc", "CUDA_ERROR_OUT_OF_MEMORY", "8 bytes asked for, 4 of 16 are free"));
        assertThat(memory).isEqualTo(new Failure(1, "out of memory: cuMemAlloc: CUDA_ERROR_OUT_OF_MEMORY: 8 bytes asked for, 4 of 16 are free", false));
        Failure lost = Failure.of(new GpuException("cuStreamSynchronize", "CUDA_ERROR_ECC_UNCORRECTABLE", "uncorrectable ECC error encountered"));
        assertThat(lost.message()).startsWith("the card is lost: cuStreamSynchronize: CUDA_ERROR_ECC_UNCORRECTABLE");
        Failure text = Failure.of(new CompileException("gemv", "cuModuleLoadDataEx: CUDA_ERROR_INVALID_PTX: ptxas line 3\n\n  b\nc\nd\ne"));
        assertThat(text.message()).isEqualTo("gemv: cuModuleLoadDataEx: CUDA_ERROR_INVALID_PTX: ptxas line 3 | b | c | ... 2 more lines");
    }

    @Test
    void crossProofComparesCpuGpuAndReference() {
        Run run = run("verify", "--cross", "--packing", "i2_s", "--m", 20, "--k", 256, "--n", 3, "--json");
        assertThat(run.status).as(run.err + run.out).isZero();
        JsonNode root = JsonMapper.shared().readTree(run.out);
        assertThat(root.get("same").asBoolean()).isTrue();
        assertThat(root.get("kernels")).hasSize(2);
        for (JsonNode kernel : root.get("kernels")) {
            assertThat(kernel.get("machines").valueStream().map(m -> m.get("machine").asString()).distinct())
                    .hasSize(3).contains("reference", "cpu");
            assertThat(kernel.get("machines").valueStream().filter(m -> m.has("sums_crc32c")).map(m -> m.get("sums_crc32c").asString()).distinct())
                    .hasSize(1);
        }
        assertThat(run("verify", "--cross", "--simulate").err)
                .startsWith("tern verify: --cross takes --device, not --target, --simulate, --random or --kernel");
    }
}
