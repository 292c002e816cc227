package tern.runtime.cli.bench;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.OptionalDouble;
import tern.runtime.cli.report.Fields;
import tern.runtime.cli.report.Report;
import tern.runtime.model.ArithmeticEnergy;
import tern.runtime.model.Model;

/// What a model takes in addition to time: memory, bytes read, energy.
///
/// @param memory        bytes of packed weights, without embedding, head, scales and norms
/// @param bytesPerToken that generating a token reads
/// @param energy        estimated, of the arithmetic of a sequence as long as the report's
/// @param float16       the same with FP16 weights
/// @param joules        measured, for each generated token; empty where the OS shows none
public record Costs(long memory, long bytesPerToken, ArithmeticEnergy energy, ArithmeticEnergy float16, OptionalDouble joules) {

    /// @param bytesPerToken that generating a token reads
    /// @param joules        measured, for each generated token
    public static Costs of(Model model, long bytesPerToken, OptionalDouble joules) {
        return new Costs(
                model.weightBytes(),
                bytesPerToken,
                ArithmeticEnergy.ternary(model.config(), ArithmeticEnergy.REPORTED),
                ArithmeticEnergy.float16(model.config(), ArithmeticEnergy.REPORTED),
                joules);
    }

    /// Its lines and fields.
    public void addTo(Report report) {
        report.line("memory without embedding and head: %.0f MB of packed weights", memory * 1e-6);
        report.line(
                "arithmetic of %d tokens at 7 nm, estimated: %s J (linear layers %s in INT8 sums, attention %s in FP16, head not counted; with FP16 weights %s)",
                energy.tokens(), digits(energy.joules()), digits(energy.linear()), digits(energy.attention()), digits(float16.joules()));
        joules.ifPresent(j -> report.line("measured: %.2f J for each generated token, all packages and memory of the machine", j));
        report.fields().put("non_embedding_bytes", memory)
                .put("arithmetic_energy_7nm", new Fields().put("tokens", energy.tokens()).put("joules", energy.joules()).put("linear_joules", energy.linear())
                        .put("attention_joules", energy.attention()).put("joules_with_fp16_weights", float16.joules()))
                .put("measured_joules_per_generated_token", joules.isPresent() ? joules.getAsDouble() : null);
    }

    /// Two digits that count.
    static String digits(double joules) {
        return new BigDecimal(joules).round(new MathContext(2)).toPlainString();
    }
}
