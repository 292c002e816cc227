package tern.codegen.machine.code;

import java.util.EnumSet;
import java.util.Set;
import tern.ir.target.Isa;

/// A set of instructions that not every processor has.
public enum Feature {
    BASE(""),
    AVX2("avx2"),
    FMA("fma"),
    F16C("f16c"),
    BMI2("bmi2"),
    AVX_VNNI("avx_vnni"),
    /// Vectors of 512 bits with masks: F, BW, DQ and VL, which come together.
    AVX512("avx512bw"),
    AVX512_VNNI("avx512_vnni"),
    /// Lookups of bytes in up to 128.
    AVX512_VBMI("avx512_vbmi"),
    /// Tiles, and their products of bytes.
    AMX("amx_int8"),
    /// Vectors of 128 bits on AArch64: NEON.
    ASIMD("asimd"),
    /// Sums of four products of bytes of one sign.
    DOTPROD("asimddp"),
    /// Sums of four products of a signed and an unsigned byte.
    I8MM("i8mm");

    /// What all code for x86-64 relies on.
    public static final Set<Feature> NEEDED = Set.of(AVX2, FMA, F16C, BMI2);

    private final String flag;

    Feature(String flag) {
        this.flag = flag;
    }

    /// As Linux names it in `/proc/cpuinfo`.
    public String flag() {
        return flag;
    }

    /// Those of a set, besides what every processor has.
    public static Set<Feature> of(Isa isa) {
        EnumSet<Feature> all = EnumSet.of(BASE);
        for (Feature one : values()) if (isa.flags().contains(one.flag)) all.add(one);
        return all;
    }
}
