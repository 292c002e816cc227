package tern.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Damages inputs: bits, bytes, numbers, blocks, pieces of other inputs.
final class Mutator {

    private static final int LONGEST = 1 << 15, BLOCK = 64;
    private static final long[] NUMBERS = {0, 1, -1, 2, 7, 8, 31, 32, 63, 64, 127, 128, 255, 256, 32767, 32768, 65535, 65536, Integer.MAX_VALUE,
        Integer.MIN_VALUE, 1L << 32, 1L << 40, 1L << 62, Long.MAX_VALUE, Long.MIN_VALUE};
    private static final String[] TEXTS = {"{", "}", "[", "]", "(", ")", "\"", "\\", "\\u0000", "*", "{0,1000}", "{2147483648}", "|", "::=", "-", "-1",
        "99999999999999999999", "1e999", "0.0", "null", "true", "\n", "\r\n", " ", "//", "/*", "#", "@", "%", "\uFEFF", "\u0661", "\ud83d\ude00", "in", "..",
        "for"};

    private final SplittableRandom random;

    Mutator(SplittableRandom random) {
        this.random = random;
    }

    byte[] of(List<byte[]> corpus) {
        byte[] bytes = corpus.get(random.nextInt(corpus.size()));
        for (int i = 1 << random.nextInt(4); i > 0; i--) bytes = once(bytes, corpus);
        return bytes.length <= LONGEST ? bytes : Arrays.copyOf(bytes, LONGEST);
    }

    private byte[] once(byte[] bytes, List<byte[]> corpus) {
        int at = random.nextInt(bytes.length + 1), end = Math.min(bytes.length, at + 1 + random.nextInt(BLOCK));
        return switch (random.nextInt(9)) {
            case 0 -> at == bytes.length ? bytes : set(bytes, at, new byte[] {(byte) (bytes[at] ^ 1 << random.nextInt(8))});
            case 1 -> set(bytes, at, new byte[] {(byte) random.nextInt(256)});
            case 2 -> set(bytes, at, number());
            case 3 -> splice(bytes, at, end, new byte[0]);
            case 4 -> splice(bytes, at, at, Arrays.copyOfRange(bytes, at, end));
            case 5 -> splice(bytes, at, at, TEXTS[random.nextInt(TEXTS.length)].getBytes(java.nio.charset.StandardCharsets.UTF_8));
            case 6 -> Arrays.copyOf(bytes, at);
            case 7 -> splice(bytes, at, end, TEXTS[random.nextInt(TEXTS.length)].getBytes(java.nio.charset.StandardCharsets.UTF_8));
            default -> {
                byte[] other = corpus.get(random.nextInt(corpus.size()));
                int from = random.nextInt(other.length + 1), to = Math.min(other.length, from + 1 + random.nextInt(4 * BLOCK));
                yield splice(bytes, at, random.nextBoolean() ? at : end, Arrays.copyOfRange(other, from, to));
            }
        };
    }

    private byte[] number() {
        long number = NUMBERS[random.nextInt(NUMBERS.length)];
        return Arrays.copyOf(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(number).array(), 1 << random.nextInt(4));
    }

    private static byte[] set(byte[] bytes, int at, byte[] by) {
        return splice(bytes, at, Math.min(bytes.length, at + by.length), by);
    }

    private static byte[] splice(byte[] bytes, int from, int to, byte[] by) {
        byte[] all = new byte[bytes.length - (to - from) + by.length];
        System.arraycopy(bytes, 0, all, 0, from);
        System.arraycopy(by, 0, all, from, by.length);
        System.arraycopy(bytes, to, all, from + by.length, bytes.length - to);
        return all;
    }
}
