package tern.scheduler.warpgroup;

import java.util.List;
import tern.ir.loop.Buf;
import tern.ir.loop.Program;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;
import tern.scheduler.warp.Sums;
import tern.scheduler.warp.WarpGeometry;
import tern.scheduler.warp.WarpMultiply;
import tern.scheduler.warp.WarpStep;
import tern.scheduler.warp.WarpUnit;

/// The kernel that multiplies by groups of four warps: as [WarpMultiply], with products and copies that run on by themselves.
public final class WarpgroupMultiply implements WarpUnit {

    private WarpgroupMultiply() {}

    public static Program lower(WarpGeometry geometry) {
        return WarpMultiply.lower(geometry, new WarpgroupMultiply());
    }

    @Override
    public Sums sums(WarpGeometry g, Names names, Var n, List<Buf> parameters, Buf prepared, Buf result) {
        return new WarpgroupSums(g, names, n, parameters, prepared, result);
    }

    @Override
    public Steps steps(WarpGeometry g, Names names, WarpStep step, Buf prepared, Buf memory) {
        return new WarpgroupPipeline(g, names, step, prepared, memory);
    }
}
