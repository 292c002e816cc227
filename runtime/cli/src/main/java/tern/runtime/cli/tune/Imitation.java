package tern.runtime.cli.tune;

import java.util.List;
import java.util.Locale;
import tern.ir.target.Target;

/// How far this machine can stand in for another: HotSpot makes code for narrower vectors on request. Only ratios of such times
/// mean anything.
public sealed interface Imitation {

    /// With these flags a JVM here has vectors as wide as there.
    record Flags(List<String> flags) implements Imitation {}

    /// Nothing can be measured here.
    record Impossible(String reason) implements Imitation {}

    /// @param here bits of this machine's vectors
    /// @param architecture `os.arch`
    static Imitation of(Target.Cpu target, int here, String architecture) {
        int bits = target.vectorBits();
        if (bits > here)
            return new Impossible("its vectors of %d bits are wider than the %d here".formatted(bits, here));
        if (bits == here) return new Flags(List.of());
        boolean x86 = architecture.toLowerCase(Locale.ROOT).matches("amd64|x86_64");
        if (x86 && bits == 256) return new Flags(List.of("-XX:UseAVX=2"));
        return new Flags(List.of("-XX:MaxVectorSize=" + bits / 8));
    }
}
