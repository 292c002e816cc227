package tern.runtime.tokenizer;

import java.util.Arrays;

/// Bytes that can be a key. Takes the array over. Comparable, so that a [java.util.HashMap] stays fast on a vocabulary
/// that was made to collide.
record Bytes(byte[] array) implements Comparable<Bytes> {

    int length() {
        return array.length;
    }

    Bytes slice(int from, int to) {
        return new Bytes(Arrays.copyOfRange(array, from, to));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes(var those) && Arrays.equals(array, those);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(array);
    }

    @Override
    public int compareTo(Bytes other) {
        return Arrays.compare(array, other.array);
    }

    /// As GPT-2 vocabularies write them.
    @Override
    public String toString() {
        return ByteAlphabet.write(array);
    }
}
