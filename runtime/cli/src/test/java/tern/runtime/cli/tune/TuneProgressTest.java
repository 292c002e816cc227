package tern.runtime.cli.tune;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import tern.autotune.record.Outcome;
import tern.autotune.search.Progress;
import tern.autotune.search.Progress.Line;
import tern.autotune.search.Progress.Phase;
import tern.autotune.search.Shortlist;
import tern.autotune.search.TuningCandidate;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.target.Targets;
import tern.ir.text.Tir;

class TuneProgressTest {

    private static final Use USE = new Use("ffn_gate_up", Tir.library().kernel("gate_up"), 6912, 2560, 32, 30);
    private static final TuningCandidate BEST =
            Shortlist.of(USE, List.of(Tir.library().packing("tri5r32")), Targets.AVX512, false).step().candidates().getFirst();

    private final StringWriter text = new StringWriter();

    private TuneProgress progress(boolean live) {
        return TuneProgress.of(new PrintWriter(text), live);
    }

    private String said() {
        return text.toString().replace("\r\n", "\n");
    }

    private static Progress at(double left) {
        return new Progress(
                List.of(
                        new Line(USE, 1, Phase.DONE, BEST, 712.3e-6, 0.81, 0),
                        new Line(USE, 32, Phase.RUNNING, null, 0, Double.NaN, 7)),
                left);
    }

    @Test
    void aTerminalShowsATableThatIsDrawnAnew() {
        TuneProgress progress = progress(true);
        progress.progress(at(120));
        String table = """
                shape                     tokens  best so far                     us  of limit  left
                ffn_gate_up 13824 x 2560       1  tri5r32 tabulate 32x4x1 k28  712.3  81 %      done
                ffn_gate_up 13824 x 2560      32                                                7
                """;
        assertThat(said()).isEqualTo(table + "120 s left; Ctrl-C keeps what was found\n");
        progress.progress(at(Double.POSITIVE_INFINITY));
        assertThat(said()).endsWith("\u001b[4A\u001b[J" + table + "no limit of time; Ctrl-C keeps what was found\n");
        progress.close();
        assertThat(said()).endsWith("\u001b[4A\u001b[J");
    }

    @Test
    void elsewhereEachTrialIsALine() {
        TuneProgress progress = progress(false);
        progress.progress(at(120));
        progress.tried(USE, 1, BEST, new Outcome.Measured(712.34e-6, 1e-6, 1, 23));
        progress.tried(USE, 32, BEST, new Outcome.Failed(Outcome.Reason.NOT_VECTORISED, "so slow"));
        progress.trouble("no space left");
        progress.close();
        assertThat(said()).isEqualTo("""
                ffn_gate_up 13824 x 2560 n 1: tri5r32 tabulate 32x4x1 k28: 712.3 us, 23 samples
                ffn_gate_up 13824 x 2560 n 32: tri5r32 tabulate 32x4x1 k28: not vectorised: so slow
                tern tune: no space left
                """);
    }
}
