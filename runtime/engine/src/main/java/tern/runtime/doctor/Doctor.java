package tern.runtime.doctor;

import java.lang.foreign.Arena;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import tern.runtime.doctor.PlainModel.Activation;
import tern.runtime.doctor.PlainModel.Reading;
import tern.runtime.model.Model;
import tern.runtime.model.ModelSource;

/// Looks a model over: its file, what its device computes, and what files leave unsaid.
public final class Doctor {

    private final ModelSource source;
    private final Reading usual;

    /// @param source the model's file
    public Doctor(ModelSource source) {
        this.source = source;
        usual = new Reading(Activation.of(source.config().block().activation()), source.config().pairs());
    }

    /// Scales, norms, balance of the weights, embedding.
    ///
    /// @param progress told per mille
    public List<Finding> file(LongConsumer progress) {
        return FileCheck.of(source, progress);
    }

    /// Every part of a run against f64, and against what another program wrote.
    ///
    /// @param run       of the same model with `tokens`
    /// @param reference see [DumpCheck]; null if there is none
    /// @param progress  told per mille
    /// @throws IllegalArgumentException if the reference has another size
    public List<Finding> parts(SublayerCheck run, int[] tokens, @Nullable FloatBuffer reference, LongConsumer progress) {
        var findings = new ArrayList<>(run.against(new PlainModel(source, usual), progress));
        if (reference != null) findings.add(DumpCheck.of(run, source.config(), tokens.length, reference));
        return findings;
    }

    /// Activation and rotary pairs by how well a text is predicted.
    ///
    /// @param tokens   two at least, of a text of the kind that the model was made for
    /// @param progress told per mille
    public List<Finding> ambiguities(int[] tokens, LongConsumer progress) {
        return AmbiguityCheck.of(source, usual, tokens, progress);
    }

    /// Runs a model for [#parts].
    ///
    /// @param tokens that fit a batch
    public static SublayerCheck run(Model model, int[] tokens, Arena arena) {
        return SublayerCheck.run(model, tokens, arena);
    }
}
