package tern.codegen.cuda.simulate;

import tern.codegen.cuda.simulate.Fault.Kind;
import tern.codegen.cuda.simulate.Fault.Trouble;

/// `bra` and what ends a thread.
final class Branch extends Action {

    final int target;
    /// Whether the text promises that no warp divides here.
    private final boolean uniform;

    Branch(Statement source, int target) {
        super(source, Flow.BRANCH);
        this.target = target;
        uniform = source.has("uni");
    }

    @Override
    void run(Warp warp, int lanes) {
        throw new IllegalStateException("a warp jumps itself");
    }

    void divides(int lanes) {
        if (uniform) throw new Trouble(Kind.DIVERGED, -1, "divides at a bra.uni: threads %08x jump".formatted(lanes));
    }

    /// `exit`, or `ret` of an entry.
    static Action exit(Statement source) {
        return new Action(source, Flow.EXIT) {
            @Override
            void run(Warp warp, int lanes) {
                throw new IllegalStateException("a warp lets its threads leave itself");
            }
        };
    }

    static Action trap(Statement source) {
        return new Action(source) {
            @Override
            void run(Warp warp, int lanes) {
                throw new Trouble(Kind.TRAP, Integer.numberOfTrailingZeros(lanes), "traps");
            }
        };
    }

    /// What says nothing about results: fences, hints. Order between threads comes of barriers alone here, and memory has no
    /// order to be mended.
    static Action nothing(Statement source) {
        return new Action(source) {
            @Override
            void run(Warp warp, int lanes) {}
        };
    }
}
