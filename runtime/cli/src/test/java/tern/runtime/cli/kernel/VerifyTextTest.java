package tern.runtime.cli.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tern.autotune.verify.Prover;
import tern.autotune.verify.Verdict;
import tern.ir.target.Targets;
import tern.ir.text.Source;
import tern.ir.text.Tir;
import tern.runtime.cli.option.Sizes;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What `tern verify F.tir` says of devices that answer as a test wants.
class VerifyTextTest {

    private static final Verdict EXACT = new Verdict.Exact("k", 1, 10, 5, new Verdict.Evidence(4, 5, 6));
    private static final Verdict DIED = new Verdict.Wrong("one", "the process ended with status 134: SIGSEGV");
    private static final Verdict REFUSED = new Verdict.Refused("too large");

    private static final Tir TEXT = Tir.parse(new Source("p.tir", """
            codec two = map(0, 1, -1, _) in 2 bits
            packing p {
                tile rows 8, k 4;
                word i8;
                codec two;
                code at row*8 + k*2;
            }
            kernel one(x: i8[n, k], w: weight[m, k]) -> y: i32[n, m] {
                y[i, j] = sum(k: x[i, k] * w[j, k])
            }
            kernel other(x: i8[n, k], w: weight[m, k]) -> y: i32[n, m] {
                y[i, j] = sum(k: x[i, k] * w[j, k])
            }
            """));

    private record Run(int status, String out) {}

    private static Run verify(Verdict cpu, String kernel, boolean json) {
        Map<String, Prover> devices = new LinkedHashMap<>();
        devices.put("reference", (_, _, _, _) -> EXACT);
        devices.put("cpu", (_, _, _, _) -> cpu);
        var out = new StringWriter();
        var report = new ProofReport(Targets.AVX2, devices.keySet(), 1, new PrintWriter(out, true), json);
        var verify = new VerifyText(Path.of("p.tir"), TEXT, Targets.AVX2, devices, new Sizes(), 1, "");
        return new Run(verify.run(kernel, null, report), out.toString().replace("\r\n", "\n"));
    }

    @Test
    void eachDeviceAndWayHasAResult() {
        Run run = verify(EXACT, "one", false);
        assertThat(run.status).as(run.out).isZero();
        assertThat(run.out).startsWith("p.tir: schedules for avx2, proved on reference and cpu\n")
                .containsPattern("p +one +31 x 261 +n 1 +decode +exact on reference \\(\\d\\) and cpu \\(\\d\\)\n")
                .containsPattern("p +one +31 x 261 +n 5 +decode +exact on reference \\(\\d\\) and cpu \\(\\d\\)\n")
                .containsPattern("\nexact on reference and cpu: \\d+ proofs of 1 kernel over 1 packing in ")
                .doesNotContain("other");
    }

    @Test
    void aDeviceThatProvedNothingIsSaidAndTheStatusTellsIt() {
        Run run = verify(REFUSED, "one", false);
        assertThat(run.status).isEqualTo(1);
        assertThat(run.out).containsPattern("n 1 +decode +exact on reference \\(\\d\\), refused on cpu \\(too large\\)\n")
                .containsPattern("\nPROVED IN NO WAY: p one 31 x 261 n 1 on cpu: .*refused on cpu \\(too large\\)")
                .doesNotContain("exact on reference and cpu:");
    }

    @Test
    void aProcessThatDiesIsOneLineAndTheCommandThatRepeatsIt() {
        Run run = verify(DIED, "one", false);
        assertThat(run.status).isEqualTo(1);
        assertThat(run.out).contains("WRONG: p one 31 x 261 n 1 on cpu: one: the process ended with status 134: SIGSEGV\n")
                .contains("again: tern verify p.tir --kernel one --packing p --m 31 --k 261 --n 1 --seed 1 --target avx2\n")
                .contains("n 5").containsPattern("\nNOT EXACT: \\d+ of \\d+ proofs failed\n");
    }

    @Test
    void jsonHoldsTheSame() {
        Run run = verify(REFUSED, null, true);
        JsonNode root = JsonMapper.shared().readTree(run.out);
        assertThat(run.status).isEqualTo(1);
        assertThat(root.get("exact").asBoolean()).isFalse();
        assertThat(root.get("subjects")).as("two kernels, two numbers of tokens").hasSize(4);
        JsonNode decode = root.get("subjects").get(0).get("ways").get("decode");
        assertThat(decode.get("reference").get("exact").asInt()).isPositive();
        assertThat(decode.get("cpu").get("exact").asInt()).isZero();
        assertThat(decode.get("cpu").get("refused").get("too large").asInt()).isPositive();
        assertThat(root.get("proved_in_no_way")).hasSize(4);
        assertThat(root.get("failures")).isEmpty();
    }
}
