package tern.runtime.model;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;

/// What follows the last layer: norm and head, in the forms that logits are asked for.
final class LmHead {

    /// Tokens of a pass whose largest logits are computed together.
    private static final int FEW = 16;

    private final int vocabulary, count, few;
    private final Buffer logits, topRows, topLogits;
    private final Buffer normed;
    private final Sequence last, all, state;
    /// After the last token, and after each of a few. Null if no largest logits were asked for.
    private final @Nullable Sequence top, tops;
    private final List<Launch> topLaunches, launches;

    /// @param x    the residual stream
    /// @param batch tokens of a pass at most
    /// @param rows  of logits that are kept
    /// @param top   how many of the largest logits will be asked for, 0 = none
    LmHead(Device device, OpKernels kernels, ModelConfig config, StageWeights.Head head, Buffer x, Buffer normed, int batch, int rows, int top) {
        vocabulary = config.vocabulary();
        count = top;
        few = Math.min(batch, FEW);
        logits = device.allocate(4L * vocabulary * rows);
        topRows = device.allocate(4L * few * Math.max(top, 1));
        topLogits = device.allocate(4L * few * Math.max(top, 1));
        this.normed = normed;
        state = device.sequence(List.of(new Launch(kernels.of(new Op.Norm(config.hidden(), config.epsilon(), true)), x, head.norm(), normed)));
        List<Launch> ofLast = logits(kernels, config, head, x, normed, true), ofAll = logits(kernels, config, head, x, normed, false);
        last = device.sequence(ofLast);
        all = device.sequence(ofAll);
        topLaunches = top == 0 ? List.of() : top(kernels, config, head, x, normed, true);
        this.top = top == 0 ? null : device.sequence(topLaunches);
        List<Launch> topsLaunches = top == 0 ? List.of() : top(kernels, config, head, x, normed, false);
        tops = top == 0 ? null : device.sequence(topsLaunches);
        launches = Stream.of(ofLast, ofAll, topLaunches, topsLaunches).flatMap(List::stream).toList();
    }

    private List<Launch> logits(OpKernels kernels, ModelConfig c, StageWeights.Head head, Buffer x, Buffer normed, boolean lastOnly) {
        Kernel normalise = kernels.of(new Op.Norm(c.hidden(), c.epsilon(), lastOnly));
        Kernel product = kernels.of(new Op.Head(c.vocabulary(), c.hidden(), head.element(), lastOnly));
        return List.of(new Launch(normalise, x, head.norm(), normed), new Launch(product, normed, head.rows(), logits));
    }

    private List<Launch> top(OpKernels kernels, ModelConfig c, StageWeights.Head head, Buffer x, Buffer normed, boolean lastOnly) {
        Kernel normalise = kernels.of(new Op.Norm(c.hidden(), c.epsilon(), lastOnly));
        Op one = new Op.TopLogits(c.vocabulary(), c.hidden(), head.element(), count);
        Kernel top = kernels.of(lastOnly ? one : new Op.RaggedBatch(one, few));
        return List.of(
                new Launch(normalise, x, head.norm(), normed),
                new Launch(top, normed, head.rows(), head.int8Head(), topRows, topLogits));
    }

    /// All that it may run.
    List<Launch> launches() {
        return launches;
    }

    /// The given launches and the largest logits after them, as one.
    @Nullable
    Sequence behind(Device device, List<Launch> launches) {
        if (top == null) return null;
        var both = new ArrayList<>(launches);
        both.addAll(topLaunches);
        return device.sequence(both);
    }

    /// What the usual session runs after a token.
    Sequence usual() {
        return top == null ? last : top;
    }

    /// @param into f32 `[vocabulary]`
    void last(int count, int position, MemorySegment into) {
        last.run(count, position);
        logits.read(0, into);
    }

    /// What the head reads.
    ///
    /// @param into f32 `[hidden]`
    void state(int count, int position, MemorySegment into) {
        state.run(count, position);
        normed.read(0, into);
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
        readTop(0, rows, values);
    }

    /// Whether [#tops] takes so many tokens.
    boolean isFew(int count) {
        return count <= few;
    }

    /// Computes the largest logits after every token of a pass; [#readTop] reads them.
    ///
    /// @param count tokens of the pass, a few
    void tops(int count, int position) {
        if (tops == null) throw new IllegalStateException("this session was made without the largest logits");
        tops.run(count, position);
    }

    /// What was computed last.
    ///
    /// @param row of the tokens for which it was
    void readTop(int row, MemorySegment rows, MemorySegment values) {
        topRows.read(4L * row * count, rows);
        topLogits.read(4L * row * count, values);
    }
}
