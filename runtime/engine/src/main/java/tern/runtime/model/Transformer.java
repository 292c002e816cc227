package tern.runtime.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import tern.ir.Element;
import tern.ir.device.Device.WarmUpRun;

/// A model's forward pass: one [PipelineStage] after the other, as a rule only one.
///
///     a = norm(x)                    x = x + o_proj(norm(attention(qkv_proj(a))))
///     f = norm(x)                    x = x + down_proj(norm(relu(gate f)^2 * up f))
///     logits = head . norm(x)
///
/// The norms before o_proj and down_proj, the activation and the head differ between architectures: see [Block]. Between two
/// stages the residual stream goes from device to device by way of this machine's memory.
final class Transformer {

    /// Tokens before those of a warm-up run: enough for every loop of attention to have some iterations.
    private static final int TYPICAL_POSITION = 63;

    private final List<PipelineStage> stages;
    private final LmHead lmHead;
    private final int batch, context, hidden;
    /// Tokens on their way to the device; the first of them.
    private final MemorySegment staging, oneStaged;
    /// The residual stream on its way from device to device.
    private final MemorySegment passing;
    /// Of the last forward pass.
    private int count, position;
    /// Tokens of the last forward pass whose largest logits are there, 0 if they are not.
    private int tops;

    /// @param parts one after the other, all layers of the model
    /// @param table element of the embedding
    /// @param batch tokens of a launch, at most
    /// @param cache element of the key-value cache, F32, BF16 or I8
    /// @param all   true if logits of every token will be asked for
    /// @param top   how many of the largest logits will be asked for, 0 = none
    Transformer(
            List<StageWeights> parts, ModelConfig config, Element table, List<Projection> projections, int context, int batch, Element cache,
            boolean all, int top) {
        this.batch = batch;
        this.context = context;
        hidden = config.hidden();
        staging = MemorySegment.ofArray(new int[batch]);
        oneStaged = staging.asSlice(0, 4);
        passing = parts.size() == 1 ? MemorySegment.NULL : Arena.ofAuto().allocate(4L * batch * hidden, 64);
        stages = parts.stream()
                .map(part -> new PipelineStage(part, config, table, projections, context, batch, cache, all, top))
                .toList();
        LmHead last = stages.getLast().lmHead;
        if (last == null) throw new IllegalArgumentException("the last part has no head");
        lmHead = last;
    }

    /// Where the time of all passes so far went, of this session and of others with the same kernels.
    List<PassTime> times() {
        return PassTime.of(parts());
    }

    /// The kernels of a pass of one token, then those of a pass of several that are others, each where it is launched first.
    List<PassTime.Part> parts() {
        return stages.stream().flatMap(stage -> stage.parts.stream()).toList();
    }

    /// Runs `count` tokens that follow `position` others.
    ///
    /// @param ids `ids[from .. from + count - 1]`, each below the vocabulary's size
    void forward(int[] ids, int from, int count, int position) {
        give(ids, from, count);
        for (int s = 0; s < stages.size(); s++) {
            if (s > 0) pass(s, count);
            stages.get(s).run(count, position);
        }
        this.count = count;
        this.position = position;
    }

    /// Runs one token, and computes the largest logits after it.
    ///
    /// @param rows  i32 `[top]` (out)
    /// @param values f32 `[top]` (out)
    void forwardToTop(int[] ids, int position, MemorySegment rows, MemorySegment values) {
        give(ids, 0, 1);
        for (int s = 0; s < stages.size(); s++) {
            if (s > 0) pass(s, 1);
            if (s < stages.size() - 1) stages.get(s).run(1, position);
            else stages.get(s).runToTop(position);
        }
        count = 1;
        this.position = position;
        lmHead.readTop(0, rows, values);
    }

    private void give(int[] ids, int from, int count) {
        tops = 0;
        MemorySegment.copy(ids, from, staging, ValueLayout.JAVA_INT, 0, count);
        stages.getFirst().tokens.write(0, count == 1 ? oneStaged : staging.asSlice(0, 4L * count));
    }

    /// To stage `s` from the one before.
    private void pass(int s, int count) {
        MemorySegment rows = passing.asSlice(0, 4L * count * hidden);
        stages.get(s - 1).x.read(0, rows);
        stages.get(s).x.write(0, rows);
    }

    /// [#forward] for many tokens, some at a time; where there are several stages, each works on its own share of them at the same time.
    ///
    /// @param ids      all of them
    /// @param position of the first
    void forwardAll(int[] ids, int position) {
        if (stages.size() > 1 && ids.length > batch) {
            new Pipeline(stages, batch, hidden).run(ids, position);
            tops = 0;
            count = (ids.length - 1) % batch + 1;
            this.position = position + ids.length - count;
            return;
        }
        for (int from = 0; from < ids.length; from += batch) forward(ids, from, Math.min(batch, ids.length - from), position + from);
    }

    /// [#forward], launch by launch, with a look at the residual stream each time it has changed: after the embedding, and after attention
    /// and feed-forward part of each layer. What is seen is what the next part gets.
    ///
    /// @param into f32 `[count, hidden]`, filled before each call of `seen`
    /// @param seen told how many changes there were before
    void trace(int[] ids, int from, int count, int position, MemorySegment into, IntConsumer seen) {
        give(ids, from, count);
        int[] changes = {0};
        for (int s = 0; s < stages.size(); s++) {
            if (s > 0) pass(s, count);
            stages.get(s).trace(count, position, into, () -> seen.accept(changes[0]++));
        }
        this.count = count;
        this.position = position;
    }

    /// Whether that holds for all devices, see [tern.ir.device.Device#isFastAtOnce].
    boolean isFastAtOnce() {
        return stages.stream().allMatch(stage -> stage.device.isFastAtOnce());
    }

    /// Has the devices make ready what [#forward] runs, passes of one token and, if `count` is larger, of so many. What the cache
    /// holds is lost.
    void warmUp(int count, LongConsumer progress) {
        for (PipelineStage stage : stages) {
            var runs = new ArrayList<WarmUpRun>();
            stage.warmUpRuns(1, typical(1), runs::add);
            int several = Math.min(count, batch);
            if (several > 1) stage.warmUpRuns(several, typical(several), runs::add);
            stage.device.warmUp(runs, progress);
        }
    }

    private int typical(int count) {
        return Math.max(0, Math.min(context - count, TYPICAL_POSITION));
    }

    /// Computes the logits after the last token of the last forward pass.
    ///
    /// @param into f32 `[vocabulary]`
    void lastLogits(MemorySegment into) {
        lmHead.last(count, position, into);
    }

    /// The state after the last token of the last forward pass, after the final norm.
    ///
    /// @param into f32 `[hidden]`
    void state(MemorySegment into) {
        lmHead.state(count, position, into);
    }

    /// Computes the logits after every token of the last forward pass; [#logits] reads them.
    void allLogits() {
        lmHead.all(count, position);
    }

    /// Copies one row of what [#allLogits] computed.
    ///
    /// @param into f32 `[vocabulary]`
    void logits(int row, MemorySegment into) {
        lmHead.row(row, into);
    }

    /// The largest logits after the last token of the last forward pass, see [tern.ir.Op.TopLogits].
    ///
    /// @param rows  i32 `[top]` (out)
    /// @param values f32 `[top]` (out)
    void topLogits(MemorySegment rows, MemorySegment values) {
        tops = 0;
        lmHead.top(count, position, rows, values);
    }

    /// The same after a token of the last forward pass. Where these are a few, the first answer computes those of all: they may share
    /// one reading of the head.
    ///
    /// @param row 0 for the first token of the pass
    void topLogits(int row, MemorySegment rows, MemorySegment values) {
        if (row >= tops) {
            if (count == 1 || !lmHead.isFew(count)) {
                lmHead.top(row + 1, position, rows, values); // the head takes the last one
                tops = 0;
                return;
            }
            lmHead.tops(count, position);
            tops = count;
        }
        lmHead.readTop(row, rows, values);
    }

    /// Forgets the last tokens of the last forward pass, so that logits are those past the last one that is left.
    ///
    /// @param count tokens of the pass that stay, at least 1
    void keep(int count) {
        this.count = count;
    }

    int batch() {
        return batch;
    }
}
