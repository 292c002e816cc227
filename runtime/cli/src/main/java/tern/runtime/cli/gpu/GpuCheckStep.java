package tern.runtime.cli.gpu;

import java.util.Arrays;
import java.util.Locale;

/// What `tern gpu-check` does, in its order: first whether results are right, then how fast they come. Each part can be run on its own.
public enum GpuCheckStep {
    CARD("what the card and its driver say of themselves", 60),
    OPS("the operations of a transformer against the reference", 120),
    KERNELS("kernels over every packing: card, CPU and reference on the same packed bytes", 300),
    CHOSEN("the kernels that 2B4T would run, all of k, against plain Java", 180),
    MODEL("the logits of a small model on card and CPU", 120),
    COPY("bandwidth of copying within the card's memory", 60),
    GEMV("products with one token, weights cold", 240),
    GEMM("products with 512 and 2048 tokens", 240),
    DECODE("generation with a random model of 2B4T's size", 240),
    BATCH("generation of several sequences together", 240),
    PROMPT("a prompt of 2048 tokens", 240);

    private final String description;
    private final int seconds;

    GpuCheckStep(String description, int seconds) {
        this.description = description;
        this.seconds = seconds;
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    public String description() {
        return description;
    }

    /// That it may take.
    int seconds() {
        return seconds;
    }

    /// @throws IllegalArgumentException if there is none of that name
    static GpuCheckStep of(String label) {
        return Arrays.stream(values())
                .filter(part -> part.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no part is named '%s'; there are %s"
                        .formatted(label, String.join(", ", Arrays.stream(values()).map(GpuCheckStep::label).toList()))));
    }
}
