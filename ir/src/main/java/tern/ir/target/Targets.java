package tern.ir.target;

import static java.util.stream.Collectors.joining;

import java.util.List;

/// Hardware whose numbers are known without having it.
///
/// A machine that is there describes itself better: [tern.ir.device.Device#target()].
public final class Targets {

    private static final String AGNER = "Agner Fog, instruction_tables (2025)";

    /// A Haswell-class desktop, 8 cores: what every x86 since 2013 can do. A 16-bit lookup is imitated there: the index made one of bytes, the
    /// halves of the table exchanged, two byte shuffles, a blend; HotSpot makes about twelve instructions of it. 893 us were measured for
    /// 6912 x 2560 by tables of tri5r16 on two threads of a Zen 3, a lookup in ten cycles of each. 32-bit ones have `vpermd`.
    public static final Target.Cpu AVX2 = new Target.Cpu("avx2",
            "Intel 64 and IA-32 Optimization Reference Manual, Haswell; " + AGNER + "; two channels DDR4-3200",
            8, Isa.AVX2, Core.SKYLAKE, 256, 16, 2, new Lookups(0.1, 0.1, 1), 0, false, 3.4e9, 32 << 10, 256 << 10, 40e9);

    /// A Zen 3 desktop, 8 cores: machine code of Tern's own.
    public static final Target.Cpu ZEN3 = new Target.Cpu("zen3",
            "AMD Ryzen 7 5800X product page; AMD Software Optimization Guide for Family 19h (56665); " + AGNER + "; two channels DDR4-3200, 80 % of 51 GB/s",
            8, Isa.AVX2, Core.ZEN3, 256, 16, 2, new Lookups(0.1, 0.1, 1), 0, true, 3.8e9, 32 << 10, 512 << 10, 41e9);

    /// The performance cores of a 13th-generation Intel laptop, which has no AVX-512: six of them, machine code of Tern's own.
    public static final Target.Cpu AVX2_VNNI = new Target.Cpu("avx2_vnni",
            "Intel ARK i7-13800H; Intel Optimization Reference Manual, Golden Cove; " + AGNER + "; two channels DDR5-5200, 80 % of 83 GB/s",
            6, Isa.AVX2_VNNI, Core.GOLDEN_COVE, 256, 16, 2, new Lookups(0.1, 0.1, 1), 0, true, 4.0e9, 48 << 10, 1280 << 10, 66e9);

    /// AMD Zen 4, two cores of an EPYC, as the development machine: full-width operations are issued as 512 bits over 256-bit
    /// data paths.
    public static final Target.Cpu AVX512 = new Target.Cpu("avx512",
            "AMD Software Optimization Guide for Zen 4 (57647); " + AGNER + "; bandwidth measured, performance.md",
            2, Isa.AVX512, Core.ZEN4, 512, 32, 2, new Lookups(1, 1, 1), 0, false, 3.7e9, 32 << 10, 1 << 20, 33e9);

    /// A Zen 4 desktop, 8 cores, with the rates of the core above.
    public static final Target.Cpu ZEN4 = new Target.Cpu("zen4",
            "AMD Ryzen 7 7700 product page; as avx512; two channels DDR5-5200, 80 % of 83 GB/s",
            8, Isa.AVX512, Core.ZEN4, 512, 32, 2, new Lookups(1, 1, 1), 0, false, 3.8e9, 32 << 10, 1 << 20, 66e9);

    /// Intel Xeon Platinum 8480+, one socket. `vpermw` is two operations on the one shuffle port; `tdpbssd` multiplies
    /// 16,384 pairs in 16 cycles.
    public static final Target.Cpu SAPPHIRE_RAPIDS = new Target.Cpu("sapphire_rapids",
            "Intel ARK 8480+; Intel Optimization Reference Manual, Golden Cove; eight channels DDR5-4800, 80 % of 307 GB/s",
            56, Isa.AMX, Core.GOLDEN_COVE, 512, 32, 2, new Lookups(0.5, 0.5, 1), 1024, false, 2.6e9, 48 << 10, 2 << 20, 245e9);

    /// Arm Neoverse N1 class, four cores at 128 bits. A 16-bit lookup is a `tbl` of four registers.
    public static final Target.Cpu NEON128 = new Target.Cpu("neon128",
            "Arm Neoverse N1 Software Optimization Guide (PJDOC-466751330-9707); bandwidth of one DDR4-3200 channel pair",
            4, Isa.NEON, null, 128, 32, 2, new Lookups(0.5, 0.5, 0.5), 0, false, 2.6e9, 64 << 10, 1 << 20, 40e9);

    /// AWS Graviton2: 64 cores, machine code of Tern's own.
    public static final Target.Cpu NEOVERSE_N1 = new Target.Cpu("neoverse_n1",
            "AWS re:Invent 2019, CMP322: Graviton2 (64 cores, 2.5 GHz, 64 KB and 1 MB a core); eight channels DDR4-3200, 80 % of 205 GB/s; "
                    + "Arm Neoverse N1 Software Optimization Guide (PJDOC-466751330-9707); not checked value by value",
            64, Isa.NEON_DOTPROD, Core.NEOVERSE_N1, 128, 24, 2, new Lookups(0.5, 0.5, 0.5), 0, true, 2.5e9, 64 << 10, 1 << 20, 164e9);

    /// The four performance cores of an Apple M2, machine code of Tern's own (which macOS does not run yet: Linux there does).
    public static final Target.Cpu APPLE_M2 = new Target.Cpu("apple_m2",
            "Apple, MacBook Air (M2) technical specifications (100 GB/s, of which 80 %); Asahi Linux, M2 device tree: 3.5 GHz, 128 KB a core, 16 MB for four; "
                    + "rates as the M1's: dougallj.github.io/applecpu; not checked value by value",
            4, Isa.NEON_I8MM, Core.FIRESTORM, 128, 24, 4, new Lookups(1, 1, 1), 4 * Target.Cpu.SMMLA_OPS, true, 3.5e9, 128 << 10, 4 << 20, 80e9);

    /// The eight performance cores of an Intel Core i9-13900K, machine code of Tern's own.
    public static final Target.Cpu RAPTOR_LAKE = new Target.Cpu("raptor_lake",
            "Intel ARK i9-13900K (performance cores: 5.4 GHz at most, 2 MB); Intel Optimization Reference Manual, Golden Cove; " + AGNER
                    + "; two channels DDR5-5600, 80 % of 90 GB/s; not checked value by value",
            8, Isa.AVX2_VNNI, Core.GOLDEN_COVE, 256, 16, 2, new Lookups(0.1, 0.1, 1), 0, true, 5.4e9, 48 << 10, 2 << 20, 72e9);

    /// 4.3 TB/s of copying were measured (performance.md); reading alone is rated at 4.8.
    public static final Target.Gpu H200 = new Target.Gpu("h200",
            "NVIDIA H200 data sheet; CUDA C++ Programming Guide, compute capability 9.0; bandwidth measured",
            90, 132, 227 << 10, 65536, 50L << 20, 1.755e9, 1979e12 / 2, 4.3e12);

    public static final Target.Gpu A100 = new Target.Gpu("a100",
            "NVIDIA A100 40 GB data sheet; CUDA C++ Programming Guide, compute capability 8.0; 85 % of 1555 GB/s",
            80, 108, 163 << 10, 65536, 40L << 20, 1.41e9, 624e12 / 2, 1.32e12);

    public static final Target.Gpu RTX_4090 = new Target.Gpu("rtx4090",
            "NVIDIA Ada GPU architecture white paper; CUDA C++ Programming Guide, compute capability 8.9; 90 % of 1008 GB/s",
            89, 128, 99 << 10, 65536, 72L << 20, 2.52e9, 660.6e12 / 2, 0.907e12);

    private static final List<Target> ALL = List.of(AVX2, ZEN3, AVX2_VNNI, AVX512, ZEN4, SAPPHIRE_RAPIDS, RAPTOR_LAKE, NEON128, NEOVERSE_N1, APPLE_M2, H200, A100, RTX_4090);

    private Targets() {}

    /// A machine with these instructions, which become machine code of Tern's own where there is any.
    public static Target.Cpu of(Isa isa) {
        return switch (isa) {
            case NEON, NEON_DOTPROD, NEON_I8MM -> NEON128.withIsa(isa).withMachineCode();
            case AVX2 -> AVX2.withMachineCode();
            case AVX2_VNNI -> AVX2_VNNI;
            case AVX512, AVX512_VNNI, AVX512_VBMI -> AVX512.withIsa(isa).withMachineCode();
            case AMX -> SAPPHIRE_RAPIDS.withMachineCode();
        };
    }

    public static List<Target> all() {
        return ALL;
    }

    /// The preset of that name, in which `-` is as good as `_`.
    ///
    /// @throws IllegalArgumentException if there is none; the message lists those that there are
    public static Target of(String name) {
        for (Target target : ALL) if (target.name().equals(name.replace('-', '_'))) return target;
        throw new IllegalArgumentException("no target is named '%s'; there are %s"
                .formatted(name, ALL.stream().map(Target::name).collect(joining(", "))));
    }
}
