package tern.runtime.cli.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tern.autotune.verify.Campaign;
import tern.autotune.verify.Campaign.Finding;
import tern.autotune.verify.Prover;
import tern.autotune.verify.Verdict;
import tern.ir.Packing;
import tern.ir.target.Target;
import tern.ir.text.Tir;
import tern.runtime.cli.console.Bar;
import tern.runtime.cli.console.Texts;

/// `tern verify` without a text: the packings of the library or random ones, in every way to multiply. Every failure is said when it is found,
/// with the command that repeats it.
public final class VerifyCampaign {

    /// Lines that say how far it is, of random packings.
    private static final int STEPS = 10;

    private final Target target;
    private final Map<String, Prover> devices;
    private final String options;
    private final long seed;
    private final ProofReport report;
    private int packings;

    /// @param devices   on which all is proved, by name
    /// @param options   what a command that repeats a failure needs besides: ` --simulate`
    public VerifyCampaign(Target target, Map<String, Prover> devices, String options, long seed, ProofReport report) {
        this.target = target;
        this.devices = devices;
        this.options = options;
        this.seed = seed;
        this.report = report;
    }

    /// @param random how many packings to draw; null for those of the library
    /// @param only   this packing of the library alone; null for all
    /// @return the status of the command
    public int run(@Nullable Integer random, @Nullable String only) {
        long start = System.nanoTime();
        List<Packing> shipped = only != null ? List.of(Tir.library().packing(only)) : Tir.library().allPackings();
        report.say("%s, schedules for %s, proved on %s".formatted(
                random == null ? Texts.count(shipped.size(), "packing") + " of the library" : random + " random packings from seed " + seed,
                target.name(), String.join(" and ", devices.keySet())));
        var campaign = new Campaign(target, devices);
        if (random == null) prove(campaign, shipped);
        else prove(campaign, random);
        report.summary();
        return report.end(Texts.count(packings, "packing"), (System.nanoTime() - start) * 1e-9);
    }

    private void prove(Campaign campaign, List<Packing> shipped) {
        try (Bar bar = Bar.of("verify", " packings", 1)) {
            for (Packing packing : shipped) {
                var parts = new ArrayList<String>();
                prove(packing.name(), again(" --packing " + packing.name(), seed), said -> campaign.prove(packing, seed, said))
                        .eachWay((way, text) -> parts.add(way + " " + text));
                report.say("%-14s %s".formatted(packing.name(), String.join("; ", parts)));
                bar.at(packings, shipped.size());
            }
        }
    }

    private void prove(Campaign campaign, int count) {
        try (Bar bar = Bar.of("verify", " packings", 1)) {
            for (int i = 0; i < count; i++) {
                long each = seed + i;
                prove("seed " + each, again(" --random 1", each), said -> campaign.prove(each, said));
                bar.at(packings, count);
                if (packings * STEPS / count > (packings - 1) * STEPS / count)
                    report.say("%d of %d packings, %,d proofs exact, %d wrong".formatted(packings, count, report.proven(), report.wrong()));
            }
        }
    }

    private interface Proofs {
        void run(Consumer<Finding> said);
    }

    private ProofReport.Subject prove(String name, String again, Proofs proofs) {
        ProofReport.Subject subject = report.subject(name, again);
        proofs.run(finding -> {
            if (finding.machine().isEmpty()) subject.doesNotApply(finding.way(), reason(finding));
            else subject.add(finding.subject().toString(), finding.machine(), finding.way(), finding.schedule(), finding.verdict());
        });
        subject.end();
        packings++;
        return subject;
    }

    private static String reason(Finding finding) {
        return finding.verdict() instanceof Verdict.Refused(String reason) ? reason : "";
    }

    private String again(String what, long of) {
        return "tern verify%s --seed %d --target %s%s".formatted(what, of, target.name(), options);
    }
}
