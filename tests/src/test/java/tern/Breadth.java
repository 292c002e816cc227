package tern;

import java.util.List;
import java.util.stream.Stream;
import tern.ir.Packing;
import tern.ir.text.Tir;

/// How much is tried: in a build what shows each kind of break, in a campaign (`-Dtern.campaign=5000`, or the Maven profile `campaign`) the rest.
public final class Breadth {

    private static final int IN_A_BUILD = 24;

    /// Random packings that become kernels.
    public static final int PACKINGS = Integer.getInteger("tern.campaign", IN_A_BUILD);

    /// Whether this is a campaign.
    public static final boolean ALL = PACKINGS > IN_A_BUILD;

    private Breadth() {}

    /// What the models of tests choose their packings from: to price all of the library for a small model takes longer than to run it. Each
    /// is one of its kind, for sums of whole rows and by groups; kernels of all of them have tests of their own.
    public static List<Packing> packings() {
        return ALL
                ? Tir.library().allPackings()
                : Stream.of("i2_s", "tri5r32", "tl2", "tq2_0", "q2_0", "pq2_0").map(Tir.library()::packing).toList();
    }
}
