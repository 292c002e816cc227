package tern.ir.target;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toUnmodifiableSet;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/// Sets of vector instructions, as far as kernels differ by them. A user may restrict a processor to a smaller one than it has.
public enum Isa {
    NEON(128, Set.of("asimd")),
    /// Fours of products of bytes of one sign in one instruction: Arm since Armv8.2, Apple since the A13.
    NEON_DOTPROD(128, with(NEON, "asimddp")),
    /// Also of an unsigned and a signed byte: Armv8.6, Neoverse V1 and N2, Apple since the M2.
    NEON_I8MM(128, with(NEON_DOTPROD, "i8mm")),
    AVX2(256, Set.of("avx2", "fma", "f16c", "bmi2")),
    /// Fours of products of bytes to i32 in one instruction, on registers of 256 bits: Intel since Alder Lake, AMD since Zen 5.
    AVX2_VNNI(256, with(AVX2, "avx_vnni")),
    AVX512(512, with(AVX2, "avx512f", "avx512bw", "avx512dq", "avx512vl")),
    /// Fours of products of bytes: Intel since Ice Lake, AMD since Zen 4.
    AVX512_VNNI(512, with(AVX512, "avx512_vnni")),
    /// Lookups of bytes in up to 128: the same processors, but for Intel's Cascade Lake.
    AVX512_VBMI(512, with(AVX512_VNNI, "avx512_vbmi")),
    /// Tiles of bytes: Intel's servers since Sapphire Rapids.
    AMX(512, with(AVX512_VBMI, "avx_vnni", "amx_tile", "amx_int8"));

    private final int vectorBits;
    private final Set<String> flags;

    Isa(int vectorBits, Set<String> flags) {
        this.vectorBits = vectorBits;
        this.flags = flags;
    }

    private static Set<String> with(Isa less, String... more) {
        return Stream.concat(less.flags.stream(), Arrays.stream(more)).collect(toUnmodifiableSet());
    }

    /// Of its registers.
    public int vectorBits() {
        return vectorBits;
    }

    /// What a processor must have for it, as Linux names it.
    public Set<String> flags() {
        return flags;
    }

    /// The largest sets of narrower registers that are part of this one: kernels of these may be faster, since wide ones clock lower on some processors, or
    /// take as long as two narrow ones.
    public List<Isa> narrower() {
        return Arrays.stream(values())
                .filter(one -> one.vectorBits < vectorBits && flags.containsAll(one.flags))
                .filter(one -> Arrays.stream(values()).noneMatch(other -> other != one && other.vectorBits == one.vectorBits
                        && flags.containsAll(other.flags) && other.flags.containsAll(one.flags)))
                .toList();
    }

    /// Whether they are AArch64's.
    public boolean isArm() {
        return flags.contains("asimd");
    }

    /// Whether four products of bytes and their sum are one instruction.
    public boolean hasFours() {
        return flags.contains("avx_vnni") || flags.contains("avx512_vnni") || flags.contains("asimddp");
    }

    /// The set of that name.
    ///
    /// @throws IllegalArgumentException if there is none; the message lists those that there are
    public static Isa of(String name) {
        for (Isa isa : values()) if (isa.toString().equals(name)) return isa;
        throw new IllegalArgumentException("no set of instructions is named '%s'; there are %s"
                .formatted(name, Arrays.stream(values()).map(Isa::toString).collect(joining(", "))));
    }

    /// As users write it: `avx2-vnni`.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
