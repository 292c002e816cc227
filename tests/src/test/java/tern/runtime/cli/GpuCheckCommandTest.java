package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.codegen.cuda.driver.CudaDriver;
import tern.runtime.cli.gpu.GpuCheckCommand;
import tern.runtime.cli.gpu.GpuCheckLine;
import tern.runtime.cli.gpu.GpuCheckStep;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `tern gpu-check` with a simulated card: the whole program, before there is a real one.
class GpuCheckCommandTest {

    @TempDir
    Path folder;

    private record Run(int status, String out, String err) {}

    private static Run run(Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.run(
                new PrintWriter(out, true), new PrintWriter(err, true), Arrays.stream(args).map(Object::toString).toArray(String[]::new));
        return new Run(status, out.toString().replace("\r\n", "\n"), err.toString().replace("\r\n", "\n"));
    }

    @Test
    void everyPartRunsOnASimulatedCard() throws IOException {
        Path json = folder.resolve("check.json"), text = folder.resolve("check.md");
        Run run = run("gpu-check", "--simulate", "--quick", "--here", "--json", json, "--text", text);
        assertThat(run.status).as(run.out + run.err).isZero();
        JsonNode root = JsonMapper.shared().readTree(Files.readString(json));
        assertThat(root.get("good").asBoolean()).isTrue();
        for (GpuCheckStep part : GpuCheckStep.values()) {
            List<JsonNode> lines = root.get("lines").valueStream().filter(line -> line.get("part").asString().equals(part.label())).toList();
            assertThat(lines).as(part.label()).isNotEmpty();
            boolean judges = part.ordinal() >= GpuCheckStep.OPS.ordinal() && part.ordinal() <= GpuCheckStep.MODEL.ordinal();
            assertThat(lines.stream().map(line -> line.get("status").asString()).distinct()).as(part.label())
                    .containsExactly(judges ? "right" : "measured");
            assertThat(run.out).contains("\n" + part.label() + ": " + part.description() + "\n");
            assertThat(Files.readString(text)).contains("### " + part.label() + ": ");
        }
        assertThat(Files.readString(text)).contains("By `gpu-check --simulate --quick --here").contains("15 right\n").startsWith("## Simulated ")
                .contains("| measured | 1 sequence after 3 tokens, cache bf16 | ");
    }

    @Test
    void aPartHasAProcessOfItsOwnAndATime() {
        Run card = run("gpu-check", "--simulate", "--only", "card");
        assertThat(card.out).contains("simulated h200").endsWith("1 measured\n");
        assertThat(card.status).isZero();
        Run late = run("gpu-check", "--simulate", "--only", "kernels,ops", "--limit", 1);
        assertThat(late.out).contains("kernels: failed    the whole part  not done after 1 s, and ended\n")
                .contains("ops: failed    the whole part  not done after 1 s, and ended\n").endsWith("2 failed\n");
        assertThat(late.status).isEqualTo(1);
    }

    @Test
    void whatIsAskedForWronglyIsOneLine() {
        assertThat(run("gpu-check", "--simulate", "--only", "gemv,gemw").err).isEqualTo("tern gpu-check: no part is named 'gemw'; there are "
                + "card, ops, kernels, chosen, model, copy, gemv, gemm, decode, batch, prompt\n");
        assertThat(run("gpu-check", "--list").out.lines()).hasSize(GpuCheckStep.values().length);
        assumeThat(CudaDriver.absence()).as("a machine without a card").isPresent();
        Run none = run("gpu-check");
        assertThat(none.err).startsWith("tern gpu-check: no CUDA driver found: ");
        assertThat(none.status).isEqualTo(1);
    }

    @Test
    void aLineThatBreaksOffIsAFailureAndNoEnd() {
        GpuCheckLine half = GpuCheckCommand.finding(GpuCheckStep.OPS, "{\"part\":\"ops\",\"subj");
        assertThat(half.status()).isEqualTo(GpuCheckLine.Status.FAILED);
        assertThat(half.detail()).isEqualTo("{\"part\":\"ops\",\"subj");
    }

    @Test
    void aFindingIsReadAsItWasWritten() {
        var line = GpuCheckLine.of(GpuCheckStep.GEMV, "a | b", GpuCheckLine.Status.MEASURED, "x").with("us", 12.5).with("GB/s", 3e3);
        assertThat(GpuCheckLine.parse(JsonMapper.shared().readTree(line.fields().json()))).isEqualTo(line);
        assertThat(line.text()).isEqualTo("measured  a | b  12.5 us  3,000 GB/s  x");
    }
}
