package tern.runtime.model;

import org.jspecify.annotations.Nullable;
import tern.ir.RopeAngles.Yarn;

/// How far layers look back, and how their positions turn queries and keys beyond the base of RoPE.
///
/// @param yarn       stretches the angles of layers that see all positions, or null
/// @param window     positions that a local layer sees; 0 if no layer is local
/// @param period     every so many layers, the last one sees all positions; the others are local
/// @param localTheta base of RoPE in local layers
public record Positions(@Nullable Yarn yarn, int window, int period, float localTheta) {

    /// All layers see all positions.
    public static final Positions PLAIN = new Positions(null, 0, 1, 0);

    boolean isLocal(int layer) {
        return window > 0 && (layer + 1) % period != 0;
    }
}
