package tern;

/// How much is tried: in a build what shows each kind of break, in a campaign (`-Dtern.campaign=5000`, or the Maven profile `campaign`) the rest.
public final class Breadth {

    private static final int IN_A_BUILD = 40;

    /// Random packings that become kernels.
    public static final int PACKINGS = Integer.getInteger("tern.campaign", IN_A_BUILD);

    /// Whether this is a campaign.
    public static final boolean ALL = PACKINGS > IN_A_BUILD;

    private Breadth() {}
}
