package tern.runtime.cli.model;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.model.Linear;
import tern.runtime.model.ModelSource;
import tern.runtime.model.TensorNames;
import tern.runtime.model.TensorNames.Shape;

/// One ternary tensor of a model; optional as a group.
final class TensorChoice {

    @Option(names = "--model", required = true, paramLabel = "F", description = ModelOptions.MODEL)
    private Path model = Path.of("");

    @Option(names = "--tensor", required = true, paramLabel = "T", description = "e.g. blk.0.attn_q.weight; tern inspect lists them")
    private String tensor = "";

    @Option(names = "--i2s-arm", description = "I2_S tensors have the layout of files quantized on ARM")
    private boolean armI2s;

    /// @param arena of what is mapped
    Linear linear(Arena arena) throws IOException {
        ModelSource source = ModelSource.open(model, arena, armI2s);
        List<Shape> shapes = TensorNames.projections(source.config());
        Shape shape = shapes.stream().filter(one -> one.name().equals(tensor)).findFirst().orElseThrow(() -> new IllegalArgumentException(
                "--tensor %s: %s has no such ternary tensor; it has %s to %s".formatted(tensor, model, shapes.getFirst().name(), shapes.getLast().name())));
        return source.linear(shape.name(), shape.m(), shape.k());
    }

    String name() {
        return tensor;
    }

    @Override
    public String toString() {
        return model + ": tensor " + tensor;
    }
}
