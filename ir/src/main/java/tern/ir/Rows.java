package tern.ir;

/// A matrix of small integers, read row by row: what [Packer] packs and what a [PackedMatrix] gives back.
///
/// A source that several threads pack from must allow several readers at once.
@FunctionalInterface
public interface Rows {

    /// Writes the weights of `row` to `digits[0 .. k-1]`; what comes after them is left alone.
    ///
    /// @param digits at least k bytes
    void read(int row, byte[] digits);
}
