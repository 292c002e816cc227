package tern.scheduler;

import java.util.Locale;
import tern.ir.Schedule;

/// Names that parse: `bitlinear_n1_m6912_k2560_tri5r32_tab_l32_j4_n1_k28`.
final class KernelName {

    private KernelName() {}

    /// `bitlinear_n1_m6912_k2560_i2_s_dp4a_l8_j4_n1_w8_s2_u2`.
    static String of(WarpGeometry g) {
        Schedule.Gpu s = g.schedule();
        return String.format(
                Locale.ROOT,
                "%s_%s_m%d_k%d_%s_%s_l%d_j%d_n%d_w%d_s%d_u%d",
                g.kernel().name(),
                g.maxTokens() == 1 ? "n1" : "nx",
                g.m(),
                g.k(),
                g.packing().name(),
                s.unit().name().toLowerCase(Locale.ROOT),
                s.lanes(),
                s.rowTiles(),
                s.tokens(),
                s.warps(),
                s.split(),
                s.unroll());
    }

    /// `bitlinear_nx_m6912_k2560_tri5r32_mat_n32_k48`.
    static String of(MatrixGeometry g) {
        return String.format(Locale.ROOT, "%s_%s_m%d_k%d_%s_mat_n%d_k%d", g.kernel().name(), g.maxTokens() == 1 ? "n1" : "nx",
                g.m(), g.k(), g.packing().name(), g.schedule().tokens(), g.runTiles());
    }

    static String of(Geometry g) {
        Schedule s = g.schedule();
        return String.format(
                Locale.ROOT,
                "%s_%s_m%d_k%d_%s_%s_l%d_j%d_n%d_k%d",
                g.kernel().name(),
                g.maxTokens() == 1 ? "n1" : "nx",
                g.m(),
                g.k(),
                g.packing().name(),
                s.strategy() == Schedule.Strategy.TABULATE ? "tab" : "dec",
                s.lanes(),
                s.rowTiles(),
                s.tokens(),
                g.kTiles());
    }
}
