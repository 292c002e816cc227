package tern.scheduler;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import tern.ir.Packing;
import tern.ir.Schedule.Strategy;
import tern.scheduler.matrix.MatrixView;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.vector.PackingView;
import tern.scheduler.warp.ChunkView;

/// What was found of packings before, reasons for refusals included. For any threads.
final class Views {

    private record Vectors(Packing packing, Strategy strategy, int lanes) {}

    private record Chunks(Packing packing, int bytes) {}

    private sealed interface Found<V> {
        record View<V>(V view) implements Found<V> {}

        record Refused<V>(String reason) implements Found<V> {}
    }

    private final Map<Vectors, Found<PackingView>> vectors = new ConcurrentHashMap<>();
    private final Map<Packing, Found<MatrixView>> matrices = new ConcurrentHashMap<>();
    private final Map<Chunks, Found<ChunkView>> chunks = new ConcurrentHashMap<>();

    /// @throws InapplicableException as [PackingView#of]
    PackingView vectors(Packing packing, Strategy strategy, int lanes) {
        var key = new Vectors(packing, strategy, lanes);
        return view(vectors.computeIfAbsent(key, _ -> find(() -> PackingView.of(packing, strategy, lanes))));
    }

    /// @throws InapplicableException as [MatrixView#of]
    MatrixView matrix(Packing packing) {
        return view(matrices.computeIfAbsent(packing, _ -> find(() -> MatrixView.of(packing))));
    }

    /// @throws InapplicableException as [ChunkView#of]
    ChunkView chunks(Packing packing, int bytes) {
        return view(chunks.computeIfAbsent(new Chunks(packing, bytes), _ -> find(() -> ChunkView.of(packing, bytes))));
    }

    private static <V> Found<V> find(Supplier<V> view) {
        try {
            return new Found.View<>(view.get());
        } catch (InapplicableException e) {
            return new Found.Refused<>(String.valueOf(e.getMessage()));
        }
    }

    private static <V> V view(Found<V> found) {
        return switch (found) {
            case Found.View<V>(V view) -> view;
            case Found.Refused<V>(String reason) -> throw new InapplicableException(reason);
        };
    }
}
