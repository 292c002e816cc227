package tern.codegen.cuda;

/// A card as numbers, as its driver gives them.
///
/// @param name                    `NVIDIA H200`
/// @param capability              compute capability, major * 10 + minor: 90 is 9.0
/// @param multiprocessors         how many there are
/// @param sharedBytes             of a block at most, when it asks for more than 48 KB
/// @param sharedBytesPerMultiprocessor shared by the blocks that it holds
/// @param registersPerMultiprocessor of 32 bits
/// @param threadsPerMultiprocessor at the same time
/// @param threadsPerBlock         at most
/// @param l2Bytes                 of the cache before the memory
/// @param memoryBytes             of the card
/// @param clockHertz              of the multiprocessors at most; 0 where the driver does not say
/// @param memoryClockHertz        of the memory at most; 0 where the driver does not say
/// @param memoryBusBits           width of the path to it
/// @param driverVersion           of CUDA, major * 1000 + minor * 10: 13000 is 13.0; 0 where there is no driver
public record CardNumbers(
        String name,
        int capability,
        int multiprocessors,
        int sharedBytes,
        int sharedBytesPerMultiprocessor,
        int registersPerMultiprocessor,
        int threadsPerMultiprocessor,
        int threadsPerBlock,
        int l2Bytes,
        long memoryBytes,
        long clockHertz,
        long memoryClockHertz,
        int memoryBusBits,
        int driverVersion) {

    /// `sm_90`: what PTX for this card may name as its `.target`.
    public String architecture() {
        return "sm_" + capability;
    }

    /// `13.0`.
    public String driver() {
        return driverVersion / 1000 + "." + driverVersion % 1000 / 10;
    }
}
