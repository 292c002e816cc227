package tern.codegen.cuda.device;

import java.util.List;
import java.util.Map;
import tern.ir.loop.Buf;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Rewriter;

/// A program's body over other buffers.
final class BufferSubstitution extends Rewriter {

    private final Map<Buf, Buf> buffers;
    private final boolean behind;

    /// @param buffers what stands for what; a buffer that is not named stays
    /// @param behind  whether it follows another body in the same block: its blocks come one after the other, and launches are no matter of its own
    BufferSubstitution(Map<Buf, Buf> buffers, boolean behind) {
        this.buffers = buffers;
        this.behind = behind;
    }

    @Override
    public Loop of(Loop loop) {
        if (!behind) return parts(loop);
        return switch (loop) {
            case Loop.For(var index, var range, var binding, Loop body) when binding == Binding.BLOCKS ->
                parts(new Loop.For(index, range, Binding.SERIAL, body));
            case Loop.GridDependency _, Loop.Prefetch _ -> new Loop.Block(List.of());
            case Loop.For _, Loop.Block _, Loop.Let _, Loop.Set _, Loop.Store _, Loop.If _, Loop.Outline _, Loop.At _, Loop.CopyAsync _, Loop.TileProduct _,
                    Loop.Barrier _, Loop.Wait _, Loop.Group _ ->
                parts(loop);
        };
    }

    @Override
    protected Buf of(Buf buffer) {
        return buffers.getOrDefault(buffer, buffer);
    }
}
