package tern.ir;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Values that were computed for equal keys before, so many at most: those that were asked for last. For any threads.
public final class Memo<K, V> {

    private final Map<K, V> kept;

    /// @param most values that are kept
    public Memo(int most) {
        kept = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > most;
            }
        };
    }

    /// Null if it is not kept.
    public synchronized @Nullable V find(K key) {
        return kept.get(key);
    }

    /// @return what another thread has kept meanwhile, else the value
    public synchronized V keep(K key, V value) {
        V other = kept.putIfAbsent(key, value);
        return other == null ? value : other;
    }

    /// What is kept, else what is computed and kept then. Threads do not wait for each other: two may compute the same.
    public V get(K key, Function<? super K, ? extends V> compute) {
        V known = find(key);
        return known == null ? keep(key, compute.apply(key)) : known;
    }
}
