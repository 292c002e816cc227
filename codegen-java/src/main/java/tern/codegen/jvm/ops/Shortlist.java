package tern.codegen.jvm.ops;

/// The largest few of many floats, falling, the lower number first among equals; memory allocated once.
final class Shortlist {

    private final float[] values;
    private final int[] numbers;
    private int size;

    /// @param capacity how many are kept
    Shortlist(int capacity) {
        values = new float[capacity];
        numbers = new int[capacity];
    }

    void clear() {
        size = 0;
    }

    int size() {
        return size;
    }

    float value(int i) {
        return values[i];
    }

    int number(int i) {
        return numbers[i];
    }

    /// The least value that is kept; -infinity as long as there is room.
    float least() {
        return size < values.length ? Float.NEGATIVE_INFINITY : values[size - 1];
    }

    void offer(float value, int number) {
        if (size == values.length && !before(value, number, size - 1)) return;
        int at = size < values.length ? size++ : size - 1;
        while (at > 0 && before(value, number, at - 1)) {
            values[at] = values[at - 1];
            numbers[at] = numbers[at - 1];
            at--;
        }
        values[at] = value;
        numbers[at] = number;
    }

    void offerAll(Shortlist other) {
        for (int i = 0; i < other.size; i++) offer(other.values[i], other.numbers[i]);
    }

    private boolean before(float value, int number, int i) {
        return value > values[i] || value == values[i] && number < numbers[i];
    }
}
