package tern.ir.reference;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.ir.loop.Loop.GroupProduct;

/// What is under way in a launch by statements of [tern.ir.loop.Loop.Group]: copies on signals, products of threads. All of it arrives as
/// late as the program allows.
final class Groups {

    /// @param block   index values of the loops on blocks
    /// @param signals name of the buffer
    record Key(List<Long> block, String signals, long signal) {}

    /// Copies of one signal.
    private static final class Signal {
        private long come;
        private @Nullable Runnable copy;
    }

    private final Map<Key, Signal> signals = new HashMap<>();
    private final Map<List<Long>, Pending> products = new HashMap<>();

    void clear() {
        signals.clear();
        products.clear();
    }

    void start(Key key, Runnable copy) {
        Signal signal = signals.computeIfAbsent(key, _ -> new Signal());
        if (signal.copy != null) throw new Fault(String.format(ROOT, "a second copy on signal %d of %s", key.signal, key.signals));
        signal.copy = copy;
    }

    void await(Key key, long phase) {
        Signal signal = signals.computeIfAbsent(key, _ -> new Signal());
        if (phase < signal.come - 1 || phase > signal.come)
            throw new Fault(String.format(ROOT, "waits for copy %d on signal %d of %s, where %d have come", phase, key.signal, key.signals, signal.come));
        if (phase < signal.come) return;
        if (signal.copy == null)
            throw new Fault(String.format(ROOT, "waits for copy %d on signal %d of %s, which nobody started", phase, key.signal, key.signals));
        signal.copy.run();
        signal.copy = null;
        signal.come++;
    }

    Pending products(List<Long> thread) {
        return products.computeIfAbsent(List.copyOf(thread), _ -> new Pending());
    }

    /// A product whose rows are known by now; columns are read when it ends.
    ///
    /// @param at byte of the operand's first column
    static Runnable product(GroupProduct product, List<Lanes> a, Memory b, long at, List<Lanes.Cell> sums) {
        var rows = new ArrayList<long[]>();
        for (Lanes part : a) {
            part.run();
            rows.add(part.ints.clone());
        }
        long apart = (long) product.apart() * b.element().bytes();
        return () -> {
            for (int s = 0; s < sums.size(); s++)
                for (int lane = 0; lane < sums.get(s).ints.length; lane++) {
                    int thread = lane / 4, i = lane % 4, row = thread / 4;
                    long column = at + (long) GroupProduct.CHUNK * (s * GroupProduct.COLUMNS + thread % 4 * 2 + i % 2);
                    int dot = (int) sums.get(s).ints[lane];
                    for (int k = 0; k < 32; k++) {
                        long left = rows.get(i / 2 + k / 16 * 2)[(row * 4 + k % 16 / 4) * 4 + k % 4];
                        dot += (int) left * b.loadByte(column + k / 16 * apart + k % 16);
                    }
                    sums.get(s).ints[lane] = dot;
                }
        };
    }
}
