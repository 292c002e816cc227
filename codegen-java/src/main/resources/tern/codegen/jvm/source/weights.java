/// Packs a matrix.
///
/// @param weights [M, K], row by row
/// {scaleDoc}
/// @param packed BYTES long or longer
/// @throws IllegalArgumentException if no code holds some weights
public static void pack(byte[] weights, {scale}MemorySegment packed) {
    packed.asSlice(0, BYTES).fill((byte) 0);
    for (int rowTile = 0; rowTile < ROW_TILES; rowTile++) {
        for (int columnTile = 0; columnTile < COLUMN_TILES; columnTile++) {
            for (Section section : SECTIONS) pack(section, weights, rowTile, columnTile, packed);
            {scales}
        }
    }
    {tail}
}
/// The digits of a section first, by the places of their codes; then code after code.
private static void pack(Section s, byte[] weights, int rowTile, int columnTile, MemorySegment packed) {
    int g = s.codec().g();
    byte[] digits = new byte[8 * TILE_BYTES * g];
    boolean[] known = new boolean[digits.length];
    for (int row = 0; row < s.rows(); row++) {
        for (int k = 0; k < s.columns(); k++) {
            int at = s.bits()[0].applyAsInt(row, k) * g + s.digit().applyAsInt(row, k);
            int i = row(rowTile, s.row0() + row), j = columnTile * COLUMNS + s.column0() + k;
            known[at] = i < M && j < K;
            if (known[at]) digits[at] = weights[i * K + j];
        }
    }
    for (int row = 0; row < s.rows(); row++) {
        for (int k = 0; k < s.columns(); k++) {
            int code = code(s.codec(), digits, known, s.bits()[0].applyAsInt(row, k) * g);
            for (int f = 0; f < s.widths().length; code >>>= s.widths()[f++])
                put(packed, tile(rowTile, columnTile), s.bits()[f].applyAsInt(row, k), s.widths()[f], code);
        }
    }
}
/// Reads a packed matrix.
///
/// @param weights [M, K], to be filled
/// @throws IllegalArgumentException if some code means nothing
public static void unpack(MemorySegment packed, byte[] weights) {
    read(packed, 0, weights);
}
/// A random matrix of weights that the packing can hold, [M, K].
public static byte[] random(long seed) {
    byte[] weights = new byte[M * K];
    read(null, seed, weights);
    return weights;
}
/// Weights by their codes: of a packed matrix, or if there is none, random ones, drawn by the places of the codes.
private static void read(MemorySegment packed, long seed, byte[] weights) {
    for (int rowTile = 0; rowTile < ROW_TILES; rowTile++)
        for (int columnTile = 0; columnTile < COLUMN_TILES; columnTile++)
            for (Section section : SECTIONS) read(section, packed, seed, weights, rowTile, columnTile);
}
private static void read(Section s, MemorySegment packed, long seed, byte[] weights, int rowTile, int columnTile) {
    long tile = tile(rowTile, columnTile);
    for (int row = 0; row < s.rows(); row++) {
        for (int k = 0; k < s.columns(); k++) {
            int i = row(rowTile, s.row0() + row), j = columnTile * COLUMNS + s.column0() + k;
            if (i >= M || j >= K) continue;
            int code = packed == null ? draw(s.codec(), seed + 8 * tile + s.bits()[0].applyAsInt(row, k)) : 0;
            if (packed != null)
                for (int f = s.widths().length - 1; f >= 0; f--)
                    code = code << s.widths()[f] | get(packed, tile, s.bits()[f].applyAsInt(row, k), s.widths()[f]);
            weights[i * K + j] = digit(s.codec(), code, s.digit().applyAsInt(row, k));
        }
    }
}
/// First byte of a tile.
private static long tile(int rowTile, int columnTile) {
    return (long) ({tile}) * TILE_BYTES;
}
/// Row of the matrix that a row of a tile is.
private static int row(int rowTile, int row) {
    return {row};
}
private static Codec codec(int low, int size, int g, int... meanings) {
    int[] codes = new int[(int) Math.round(Math.pow(size, g))];
    Arrays.fill(codes, -1);
    for (int code = meanings.length - 1; code >= 0; code--)
        if (meanings[code] >= 0) codes[meanings[code]] = code;
    return new Codec(low, size, g, meanings, codes);
}
/// The code to write for digits. Those that are not known stand for padding: zero where a code has zeros there, else the first digits that some code holds.
private static int code(Codec codec, byte[] digits, boolean[] known, int at) {
    int[] codes = codec.codes();
    int number = 0;
    for (int d = codec.g() - 1; d >= 0; d--) {
        int digit = digits[at + d] - codec.low();
        number = number < 0 || digit < 0 || digit >= codec.size() ? -1 : number * codec.size() + digit;
    }
    if (number >= 0 && codes[number] >= 0) return codes[number];
    for (number = 0; number < codes.length; number++) {
        boolean held = codes[number] >= 0;
        for (int d = 0, rest = number; d < codec.g(); d++, rest /= codec.size())
            held &= !known[at + d] || rest % codec.size() + codec.low() == digits[at + d];
        if (held) return codes[number];
    }
    throw new IllegalArgumentException("no code holds some of the weights");
}
private static byte digit(Codec codec, int code, int digit) {
    int number = codec.meanings()[code];
    if (number < 0) throw new IllegalArgumentException("code " + code + " means nothing");
    for (int j = 0; j < digit; j++) number /= codec.size();
    return (byte) (number % codec.size() + codec.low());
}
/// Sets the bits of a field that are 1 in value.
private static void put(MemorySegment packed, long tile, int bit, int width, int value) {
    for (int b = bit / 8, bits = (value & (1 << width) - 1) << bit % 8; bits != 0; b++, bits >>>= 8)
        packed.set(JAVA_BYTE, tile + b, (byte) (packed.get(JAVA_BYTE, tile + b) | bits));
}
private static int get(MemorySegment packed, long tile, int bit, int width) {
    int bits = 0;
    for (int b = (bit + width - 1) / 8; b >= bit / 8; b--)
        bits = bits << 8 | packed.get(JAVA_BYTE, tile + b) & 0xff;
    return bits >>> bit % 8 & (1 << width) - 1;
}
/// A code that means something, the same for the same seed.
private static int draw(Codec codec, long seed) {
    long hash = (seed + 1) * 0x9e3779b97f4a7c15L;
    while (true) {
        hash = (hash ^ hash >>> 32) * 0xd6e8feb86659fd93L;
        int code = (int) Long.remainderUnsigned(hash >>> 16, codec.meanings().length);
        if (codec.meanings()[code] >= 0) return code;
    }
}
/// Numbers written as text, since an array of constants would take seven bytes of code for each.
private static int[] numbers(String... parts) {
    return Arrays.stream(String.join(" ", parts).split(" +")).mapToInt(Integer::parseInt).toArray();
}
/// The upper half of the nearest float that ends there, ties to even.
private static short bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short) (Float.isNaN(value) ? bits >>> 16 | 0x40 : bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
}
