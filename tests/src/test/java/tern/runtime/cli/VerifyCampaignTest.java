package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.Prover;
import tern.codegen.cuda.device.GpuDevice;
import tern.codegen.cuda.simulate.Simulator;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.DeviceException;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;
import tern.ir.loop.Program;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.runtime.cli.kernel.ProofReport;
import tern.runtime.cli.kernel.VerifyCampaign;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `tern verify` without a text: many packings, known and drawn.
class VerifyCampaignTest {

    private record Run(int status, String out, String err) {}

    private static Run run(Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.run(
                new PrintWriter(out, true), new PrintWriter(err, true), Arrays.stream(args).map(Object::toString).toArray(String[]::new));
        return new Run(status, out.toString().replace("\r\n", "\n"), err.toString().replace("\r\n", "\n"));
    }

    @Test
    void aPackingOfTheLibraryIsProvedInEveryUnit() {
        Run run = run("verify", "--simulate", "--packing", "i2_s_arm");
        assertThat(run.status).as(run.out + run.err).isZero();
        assertThat(run.out).startsWith("1 packing of the library, schedules for h200, proved on simulated h200\n")
                .containsPattern("\ni2_s_arm +lanes exact on simulated h200 \\(\\d+\\); dp4a exact on .*; mma exact on .*; tiles exact on ")
                .containsPattern("\nexact on simulated h200: \\d+ proofs of 1 packing in ");
    }

    @Test
    void randomPackingsAreProvedOnSimulatedCards() {
        Run run = run("verify", "--simulate", "--target", "a100", "--random", 4, "--seed", 40, "--json");
        JsonNode root = JsonMapper.shared().readTree(run.out);
        assertThat(run.status).as(run.out).isZero();
        assertThat(root.get("exact").asBoolean()).isTrue();
        assertThat(root.get("target").asString()).isEqualTo("a100");
        assertThat(root.get("subjects")).hasSize(4);
        assertThat(root.get("proofs").asInt()).isGreaterThanOrEqualTo(8);
        assertThat(root.get("ways").get("lanes").get("simulated a100").get("exact").asInt()).isPositive();
        assertThat(root.get("failures")).isEmpty();
    }

    @Test
    void randomPackingsAreProvedOnReferenceAndCpu() {
        Run run = run("verify", "--random", 4, "--seed", 40);
        assertThat(run.status).as(run.out + run.err).isZero();
        assertThat(run.out).startsWith("4 random packings from seed 40, schedules for ").contains(", proved on reference and cpu\n")
                .contains("\n4 of 4 packings, ").containsPattern("\ndecode +cpu +\\d+ exact")
                .containsPattern("\nexact on reference and cpu: \\d+ proofs of 4 packings in ");
    }

    /// A card that fails in the end, and one that falls over at once.
    @Test
    void aFailureSaysHowToRepeatIt() {
        var out = new StringWriter();
        try (Device card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
            Map<String, Prover> broken = Map.of("broken", new ExactnessProof(new Broken(card)));
            var report = new ProofReport(Targets.H200, broken.keySet(), 7, new PrintWriter(out), false);
            assertThat(new VerifyCampaign(Targets.H200, broken, " --simulate", 7, report).run(2, null)).isEqualTo(1);
        }
        assertThat(out.toString())
                .contains("WRONG: random ", " on broken: ", ": the card is lost", "again: tern verify --random 1 --seed 7 --target h200 --simulate")
                .contains("again: tern verify --random 1 --seed 8 ", "PROVED IN NO WAY: seed 7 on broken: ", "PROVED IN NO WAY: seed 8 on broken: ")
                .containsPattern("NOT EXACT: (\\d+) of \\1 proofs failed");
    }

    @Test
    void whatDoesNotGoTogetherIsOneLine() {
        assertThat(run("verify", "--random", 0).err).startsWith("tern verify: --random takes a number of packings from 1 on");
        assertThat(run("verify", "--random", 2, "--packing", "i2_s").err).startsWith("tern verify: --random takes a number of packings from 1 on");
        assertThat(run("verify", "--random", 2, "--m", 3).err).startsWith("tern verify: --m, --k and --n go with F.tir or --cross");
        assertThat(run("verify", "--simulate", "--target", "avx2").err).startsWith("tern verify: --simulate: only GPUs are simulated, not avx2");
        assertThat(run("verify", "--kernel", "one").err).startsWith("tern verify: --kernel goes with F.tir");
        assertThat(run("verify", "--trial", 0).err).startsWith("tern verify: --trial must be positive: 0.0");
        assertThat(run("verify", "--packing", "nothing").status).isEqualTo(2);
    }

    /// Compiles what the card compiles, and loses it when memory is wanted.
    private record Broken(Device card) implements Device {
        @Override
        public Target target() {
            return card.target();
        }

        @Override
        public String fingerprint() {
            return card.fingerprint();
        }

        @Override
        public Kernel compile(Program program) {
            return card.compile(program);
        }

        @Override
        public Kernel compile(Op op) {
            return card.compile(op);
        }

        @Override
        public Buffer allocate(long bytes) {
            throw new DeviceException("the card is lost");
        }

        @Override
        public Buffer share(MemorySegment host) {
            throw new DeviceException("the card is lost");
        }

        @Override
        public Sequence sequence(List<Launch> launches) {
            return card.sequence(launches);
        }

        @Override
        public void await() {
            card.await();
        }

        @Override
        public void close() {}
    }
}
