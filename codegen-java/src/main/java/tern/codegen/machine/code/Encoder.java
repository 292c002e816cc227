package tern.codegen.machine.code;

/// Writes instructions as bytes.
public interface Encoder {

    /// Bytes written.
    int size();

    byte[] bytes();

    void put(Instruction.Plain one);

    /// Bytes of a jump.
    ///
    /// @param far whether its short form does not reach
    int size(Instruction.Jump jump, boolean far);

    /// Whether the short form of a jump reaches so far from its end.
    boolean reaches(int distance);

    /// @param distance from its end
    void jump(Instruction.Jump jump, int distance, boolean far);

    /// Does nothing, in so many bytes.
    void pad(int count);
}
