package tern.runtime.model;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;

/// What stands behind the last layer: norm and head, in the forms that logits are asked for.
final class Ending {

    private final int vocabulary;
    private final Buffer logits, topRows, topLogits;
    private final Sequence last, all;
    /// Null if no largest logits were asked for.
    private final @Nullable Sequence top;
    private final List<Launch> topLaunches;

    /// @param x    the residual stream
    /// @param rows of logits that are kept
    /// @param top  how many of the largest logits will be asked for, 0 = none
    Ending(Device device, ModelConfig config, Part.Head head, Buffer x, Buffer normed, int rows, int top) {
        vocabulary = config.vocabulary();
        logits = device.allocate(4L * vocabulary * rows);
        topRows = device.allocate(4L * Math.max(top, 1));
        topLogits = device.allocate(4L * Math.max(top, 1));
        last = device.sequence(logits(device, config, head, x, normed, true));
        all = device.sequence(logits(device, config, head, x, normed, false));
        topLaunches = top == 0 ? List.of() : top(device, config, head, x, normed, top);
        this.top = top == 0 ? null : device.sequence(topLaunches);
    }

    private List<Launch> logits(Device device, ModelConfig c, Part.Head head, Buffer x, Buffer normed, boolean lastOnly) {
        Kernel normalise = device.compile(new Op.Norm(c.hidden(), c.epsilon(), lastOnly));
        Kernel product = device.compile(new Op.Head(c.vocabulary(), c.hidden(), head.element(), lastOnly));
        return List.of(new Launch(normalise, x, head.norm(), normed), new Launch(product, normed, head.rows(), logits));
    }

    private List<Launch> top(Device device, ModelConfig c, Part.Head head, Buffer x, Buffer normed, int count) {
        Kernel normalise = device.compile(new Op.Norm(c.hidden(), c.epsilon(), true));
        Kernel top = device.compile(new Op.TopLogits(c.vocabulary(), c.hidden(), head.element(), count));
        return List.of(
                new Launch(normalise, x, head.norm(), normed),
                new Launch(top, normed, head.rows(), head.screen(), topRows, topLogits));
    }

    /// The given launches and the largest logits behind them, as one.
    @Nullable Sequence behind(Device device, List<Launch> launches) {
        if (top == null) return null;
        var both = new ArrayList<>(launches);
        both.addAll(topLaunches);
        return device.sequence(both);
    }

    /// What the usual session runs behind a token.
    Sequence usual() {
        return top == null ? last : top;
    }

    /// @param into f32 `[vocabulary]`
    void last(int count, int position, MemorySegment into) {
        last.run(count, position);
        logits.read(0, into);
    }

    void all(int count, int position) {
        all.run(count, position);
    }

    /// A row of what [#all] computed.
    void row(int row, MemorySegment into) {
        logits.read(4L * row * vocabulary, into);
    }

    /// @param rows  i32 `[top]` (out)
    /// @param values f32 `[top]` (out)
    void top(int count, int position, MemorySegment rows, MemorySegment values) {
        if (top == null) throw new IllegalStateException("this session was made without the largest logits");
        top.run(count, position);
        readTop(rows, values);
    }

    /// What was computed last.
    void readTop(MemorySegment rows, MemorySegment values) {
        topRows.read(0, rows);
        topLogits.read(0, values);
    }
}
