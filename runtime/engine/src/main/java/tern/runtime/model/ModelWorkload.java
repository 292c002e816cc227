package tern.runtime.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary.Plan;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.Samples;
import tern.ir.device.Workload;

/// A model, for a tuner: one batch of a prompt and a few generated tokens, with any plan.
public final class ModelWorkload implements Workload {

    /// Tokens that are generated, and passes until all kernels are compiled.
    private static final int STEPS = 12, WARM = 3;

    private final Device device;
    private final ModelSource source;
    private final Model.Settings settings;
    private final Arena arena;
    private final LongConsumer progress;
    /// The best of the last step.
    private final MemorySegment token, logit;
    private final Map<Plan, Session> sessions = new HashMap<>();

    /// @param arena    of packed weights
    /// @param progress told per mille of packing, for each plan
    public ModelWorkload(Device device, ModelSource source, Model.Settings settings, Arena arena, LongConsumer progress) {
        this.device = device;
        this.source = source;
        this.settings = settings;
        this.arena = arena;
        this.progress = progress;
        token = arena.allocate(4, 4);
        logit = arena.allocate(4, 4);
    }

    /// Positions that the model needs for this.
    public static int context(int batch) {
        return batch + STEPS;
    }

    @Override
    public List<Use> uses() {
        return Model.uses(source, settings.batch());
    }

    @Override
    public Speed time(Plan plan) {
        Session session = sessions.get(plan);
        if (session == null) {
            session = Model.load(device, _ -> plan, source, settings, arena, progress).session(false, 1);
            session.warmUp(settings.batch(), done -> {});
            for (int pass = 0; pass < WARM; pass++) run(session);
            sessions.put(plan, session);
        }
        return run(session);
    }

    private Speed run(Session session) {
        int[] tokens = new SplittableRandom(1)
                .ints(settings.batch() + STEPS, 0, source.config().vocabulary())
                .toArray();
        int[] prompt = Arrays.copyOf(tokens, settings.batch());
        session.reset();
        long start = System.nanoTime();
        session.feed(prompt);
        double batch = (System.nanoTime() - start) * 1e-9 / prompt.length;
        double[] steps = new double[STEPS];
        for (int i = 0; i < STEPS; i++) {
            long begin = System.nanoTime();
            session.next(tokens[prompt.length + i]);
            session.topLogits(token, logit);
            steps[i] = (System.nanoTime() - begin) * 1e-9;
        }
        return new Speed(Samples.of(steps).median(), batch);
    }
}
