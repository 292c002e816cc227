package tern.scheduler.packing;

import java.util.function.Function;
import tern.ir.Memo;
import tern.scheduler.problem.InapplicableException;

/// Views that were found before, or why there are none: a search asks for the same ones again and again, and so does the lowering.
public final class Views<K, V> {

    private static final int KEPT = 1024;

    private sealed interface Found<V> {
        record View<V>(V view) implements Found<V> {}

        record Refused<V>(String reason) implements Found<V> {}
    }

    private final Memo<K, Found<V>> known = new Memo<>(KEPT);

    /// @throws InapplicableException as `find`
    public V get(K key, Function<K, V> find) {
        return switch (known.get(key, of -> found(of, find))) {
            case Found.View<V>(V view) -> view;
            case Found.Refused<V>(String reason) -> throw new InapplicableException(reason);
        };
    }

    private static <K, V> Found<V> found(K key, Function<K, V> find) {
        try {
            return new Found.View<>(find.apply(key));
        } catch (InapplicableException e) {
            return new Found.Refused<>(String.valueOf(e.getMessage()));
        }
    }
}
