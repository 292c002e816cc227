package tern.ir.target;

import org.jspecify.annotations.Nullable;

/// Hardware as the numbers that a scheduler may use. Data only: a plan for an H200 needs no H200.
public sealed interface Target {

    /// Canonical, stable: part of the identity of tuned kernels.
    String name();

    /// Where the numbers come from: data sheet, ISA manual, or `measured`.
    String source();

    /// Sustained read bandwidth of main memory, all cores, bytes per second.
    double memoryBytesPerSecond();

    /// @param cores                cores a kernel may use
    /// @param isa                  instructions that a kernel may use: those of the machine, or fewer if a user wants so
    /// @param core                 what prices the instructions of machine code; null where nothing does
    /// @param vectorBits           widest vector registers
    /// @param vectorRegisters      of that width
    /// @param vectorOpsPerCycle    full-width integer operations a core can start each cycle
    /// @param lookups              that a core can start each cycle
    /// @param matrixOpsPerCycle    int8 multiply-adds of a core's matrix unit each cycle; 0 where there is none
    /// @param machineCode          whether kernels become machine code of Tern's own, in which sums of pairs of products of bytes and prefetches
    ///                             are instructions; Vector API bytecode imitates the first with ten and has none for the second
    /// @param hertz                sustained clock with full-width vectors
    /// @param l1,l2                bytes of data cache per core
    record Cpu(
            String name,
            String source,
            int cores,
            Isa isa,
            @Nullable Core core,
            int vectorBits,
            int vectorRegisters,
            double vectorOpsPerCycle,
            Lookups lookups,
            double matrixOpsPerCycle,
            boolean machineCode,
            double hertz,
            int l1,
            int l2,
            double memoryBytesPerSecond)
            implements Target {

        /// Multiply-adds of one `smmla`.
        public static final int SMMLA_OPS = 32;

        /// The same machine with other cores in use.
        public Cpu withCores(int count) {
            return new Cpu(name, source, count, isa, core, vectorBits, vectorRegisters, vectorOpsPerCycle, lookups,
                    matrixOpsPerCycle, machineCode, hertz, l1, l2, memoryBytesPerSecond);
        }

        /// The same machine with these instructions alone.
        public Cpu withIsa(Isa other) {
            return new Cpu(name, source, cores, other, core, other.vectorBits(), vectorRegisters, vectorOpsPerCycle, lookups,
                    matrixOps(other), machineCode, hertz, l1, l2, memoryBytesPerSecond);
        }

        /// Where AArch64 multiplies pairs of rows and columns (`smmla`), 32 multiply-adds in each vector operation.
        private double matrixOps(Isa other) {
            return other.flags().contains("i8mm") ? SMMLA_OPS * vectorOpsPerCycle : other.flags().contains("amx_int8") ? matrixOpsPerCycle : 0;
        }

        /// The same machine without its matrix unit.
        public Cpu withoutMatrixUnit() {
            return new Cpu(name, source, cores, isa, core, vectorBits, vectorRegisters, vectorOpsPerCycle, lookups, 0, machineCode, hertz, l1, l2,
                    memoryBytesPerSecond);
        }

        /// The same machine running machine code of Tern's own: AVX-512's 32 registers, AVX2's 16, or NEON's 24 that need not be saved.
        public Cpu withMachineCode() {
            int registers = switch (isa.vectorBits()) {
                case 128 -> 24;
                case 256 -> 16;
                default -> 32;
            };
            return new Cpu(name, source, cores, isa, core, isa.vectorBits(), registers, vectorOpsPerCycle, lookups,
                    matrixOpsPerCycle, true, hertz, l1, l2, memoryBytesPerSecond);
        }
    }

    /// @param sm            compute capability, e.g. 90
    /// @param multiprocessors number of SMs
    /// @param sharedBytes   shared memory a block may use
    /// @param registers     32-bit registers of an SM
    /// @param l2            bytes
    /// @param int8OpsPerSecond dense int8 multiply-adds of the tensor cores
    record Gpu(
            String name,
            String source,
            int sm,
            int multiprocessors,
            int sharedBytes,
            int registers,
            long l2,
            double hertz,
            double int8OpsPerSecond,
            double memoryBytesPerSecond)
            implements Target {

        /// Whether groups of four warps multiply, and copies come on signals: instructions that sm_90a alone has, no later one.
        public boolean hasGroups() {
            return sm == 90;
        }
    }
}
