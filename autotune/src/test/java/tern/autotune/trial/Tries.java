package tern.autotune.trial;

import tern.autotune.record.Candidate;
import tern.autotune.record.ProblemKey;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.text.Tir;

/// Small problems and candidates.
final class Tries {

    private Tries() {}

    static ProblemKey problem(int m, int k, int tokens) {
        return ProblemKey.of(Tir.library().kernel("bitlinear"), m, k, tokens);
    }

    static Candidate candidate(String packing, Strategy strategy, int lanes, int rowTiles, int tokens) {
        return Candidate.of(packing(packing), "avx2", schedule(packing, strategy, lanes, rowTiles, tokens));
    }

    static Packing packing(String name) {
        return Tir.library().packing(name);
    }

    static Schedule schedule(String packing, Strategy strategy, int lanes, int rowTiles, int tokens) {
        return new Schedule.Vector("bitlinear", packing, strategy, lanes, rowTiles, tokens, 8, 1, false);
    }
}
