package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.RandomPackings;
import tern.autotune.verify.Verdict;
import tern.codegen.cuda.device.GpuDevice;
import tern.codegen.cuda.simulate.Simulator;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.problem.Problem;

/// PTX on a simulated card, bit for bit: the packings of the library and random ones, as the cost model would have them computed.
class SimulatedKernelsTest {

    /// Random packings; many more with the campaign.
    private static final int RANDOM = Breadth.PACKINGS / 4;

    private static GpuDevice card;
    private static ExactnessProof proof;
    private static final Map<String, Set<String>> PROVEN = new HashMap<>();

    static List<String> packings() {
        return Tir.library().allPackings().stream().map(Packing::name).toList();
    }

    @BeforeAll
    static void open() {
        card = new GpuDevice(new Simulator(Targets.H200), Targets.H200);
        proof = new ExactnessProof(card);
    }

    @AfterAll
    static void closeAndCount() {
        card.close();
        assertThat(PROVEN.get("lanes")).hasSizeGreaterThan(10);
        assertThat(PROVEN.get("dp4a")).contains("i2_s", "i2_s_arm", "hf", "msgpu_int2", "tl1", "dense", "tri5r32", "tri5r16", "tri5r8",
                "base3x5", "sherry5", "planes", "two_r256");
        assertThat(PROVEN.get("mma")).contains("i2_s", "i2_s_arm", "hf", "msgpu_int2", "tl1", "dense", "tri5r32", "tri5r16", "tri5r8",
                "base3x5", "sherry5", "planes", "two_r256");
    }

    @ParameterizedTest
    @MethodSource("packings")
    void theLibraryIsExact(String name) {
        Packing packing = Tir.library().packing(name);
        prove(Tir.library().kernel("bitlinear"), packing, Math.min(packing.rows() + 3, 40), columns(packing, 5), 1);
        // The sums of two matrices of 256 rows a tile do not fit the registers.
        String many = packing.rows() > 128 ? "bitlinear" : "gate_up";
        prove(Tir.library().kernel(many), packing, Math.min(packing.rows() + 1, 33), columns(packing, 1), 9);
    }

    /// Where a tile holds one column, a row of tiles is only as many bytes as there are columns, and lanes read four at least.
    private static int columns(Packing packing, int more) {
        return packing.columns() == 1 ? 4 * (more + 1) : packing.columns() + more;
    }

    /// Several steps, two to four stages of activations, tokens beyond the last block of them.
    @ParameterizedTest
    @MethodSource("packings")
    void manyTokensAreExact(String name) {
        Packing packing = Tir.library().packing(name);
        int m = Math.min(packing.rows() + 3, 66), k = packing.columns() == 1 ? 20 : Math.min(9 * packing.columns() + 1, 1300);
        // In a build, one number of stages for each packing.
        int only = 2 + packings().indexOf(name) % 3;
        for (int stages = Breadth.ALL ? 2 : only; stages <= (Breadth.ALL ? 4 : only); stages++) {
            int tokens = packing.rows() > 128 ? 8 : 16;
            var schedule = new Schedule.Tiles("bitlinear", name, packing.rows() == 1 ? 2 : 1, tokens, 4, stages);
            Verdict verdict = proof.prove(new Problem(Tir.library().kernel("bitlinear"), m, k, tokens + 3), packing, schedule, 5);
            if (verdict instanceof Verdict.Refused) assertThat(name).isIn("tq1_0", "tq2_0", "tl2", "q2_0", "pq2_0", "ptq1_0", "q1_0", "iq2_bn");
            else assertThat(verdict).as("%s", schedule).isInstanceOf(Verdict.Exact.class);
        }
    }

    @Test
    void randomPackingsAreExact() {
        for (long seed = 0; seed < RANDOM; seed++) random(seed, seed % 3 == 0 ? 9 : 1);
    }

    /// Seven bits a code, close together in words of 64: some reach into the next byte, some over the middle of the word.
    @Test
    void codesAcrossBytesAndWordsAreExact() {
        random(89, 1);
        random(89, 9);
    }

    private static void random(long seed, int n) {
        var random = new Random(seed);
        Packing packing = seed % 2 == 0 ? RandomPackings.ofTrits(random) : RandomPackings.any(random);
        int m = Math.min(2 * packing.rows() + 1, 17), k = Math.min(2 * packing.columns() + 1, 60);
        prove(Tir.library().kernel("bitlinear"), packing, m, k, n);
    }

    /// The best schedule of each unit.
    private static void prove(KernelDef kernel, Packing packing, int m, int k, int n) {
        Candidates.Result candidates = Candidates.of(new Problem(kernel, m, k, n), List.of(packing), (Target) Targets.H200);
        var best = new LinkedHashMap<String, Schedule>();
        for (Candidates.Ranked ranked : candidates.ranked())
            best.putIfAbsent(ranked.schedule().way(), ranked.schedule());
        var chosen = new ArrayList<>(best.values());
        if (best.size() > 1 && m * k > 4000) chosen.remove(best.get("lanes"));
        assertThat(chosen).as("%s", packing).isNotEmpty();
        for (Schedule schedule : chosen) {
            Verdict verdict = proof.prove(new Problem(kernel, m, k, n), packing, schedule, 11);
            assertThat(verdict).as("%s%n%s", schedule, packing).isInstanceOf(Verdict.Exact.class);
            PROVEN.computeIfAbsent(schedule.way(), way -> new TreeSet<>()).add(packing.name());
        }
    }
}
