package tern.codegen.jvm.amx;

import java.io.ByteArrayOutputStream;
import tern.ir.loop.Loop.TileProduct;

/// Machine code of a product, for the System V calling convention:
///
///     void product(int *sums, char *a, char *b, long steps, struct config *config)
///
/// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2: VEX prefix, and the pages of each instruction.
final class TileCode {

    /// Registers by their numbers in the encoding.
    private static final int AX = 0, CX = 1, DX = 2, SI = 6, DI = 7, R8 = 8, R9 = 9, R10 = 10, R11 = 11;

    /// Prefixes that VEX abbreviates.
    private static final int NONE = 0, F3 = 2, F2 = 3;

    private static final int LDTILECFG = 0x49, TILERELEASE = 0x49, TILELOADD = 0x4b, TILESTORED = 0x4b,
            TDPBSSD = 0x5e;

    /// Tile registers of the operands; those before hold sums.
    private static final int A = 4, B = 5;

    private static final int SUM_ROW = TileProduct.ROWS * Integer.BYTES;

    private final ByteArrayOutputStream code = new ByteArrayOutputStream();

    private TileCode() {}

    /// @param aTiles 1 or 2, as `bTiles`
    static byte[] of(int aTiles, int bTiles) {
        var code = new TileCode();
        code.product(new int[] {SI, R9}, aTiles, new int[] {DX, R10}, bTiles);
        return code.code.toByteArray();
    }

    /// What `ldtilecfg` reads: palette 1, eight tiles of 16 rows of 64 bytes.
    static byte[] configuration() {
        byte[] config = new byte[64];
        config[0] = 1;
        for (int tile = 0; tile < 8; tile++) {
            config[16 + 2 * tile] = TileProduct.ROW_BYTES;
            config[48 + tile] = TileProduct.ROWS;
        }
        return config;
    }

    /// One tile register for each operand, loaded anew for each product: where two threads share a core, registers in use beyond five or
    /// six keep loads from running ahead of products, which costs more than loading twice (measured: 1 by 2 tiles in four
    /// registers 19 ns a product, 2 by 2 in all eight 33).
    private void product(int[] a, int aTiles, int[] b, int bTiles) {
        vex(NONE, LDTILECFG, 0, 0, R8);
        modRm(0, 0, R8);
        secondBlocks();
        move(AX, TileProduct.ROW_BYTES);
        move(R11, bTiles * SUM_ROW);
        sums(F2, TILELOADD, aTiles, bTiles);
        int loop = code.size();
        for (int i = 0; i < aTiles; i++) {
            memory(F2, TILELOADD, A, a[i], AX, 0);
            for (int j = 0; j < bTiles; j++) {
                memory(F2, TILELOADD, B, b[j], AX, 0);
                multiplyInto(i * bTiles + j);
            }
        }
        for (int i = 0; i < aTiles; i++) add(a[i], TileProduct.BYTES);
        for (int j = 0; j < bTiles; j++) add(b[j], TileProduct.BYTES);
        countDown(CX, loop);
        sums(F3, TILESTORED, aTiles, bTiles);
        end();
    }

    /// A tile of sums += A * B.
    private void multiplyInto(int sums) {
        vex(F2, TDPBSSD, B, 0, 0);
        modRm(3, sums, A);
    }

    /// Back to `loop` while the register is not 0 after one was taken off.
    private void countDown(int register, int loop) {
        bytes(register < 8 ? 0x48 : 0x49, 0xff, 0xc8 | register & 7); // dec r64
        bytes(0x0f, 0x85); // jnz
        number(loop - (code.size() + 4));
    }

    private void end() {
        vex(NONE, TILERELEASE, 0, 0, 0);
        modRm(3, 0, 0);
        bytes(0xc3); // ret
    }

    private void sums(int prefix, int opcode, int aTiles, int bTiles) {
        for (int i = 0; i < aTiles; i++)
            for (int j = 0; j < bTiles; j++)
                memory(prefix, opcode, i * bTiles + j, DI, R11, (i * TileProduct.ROWS * bTiles + j) * SUM_ROW);
    }

    /// `r9 = rsi + steps * 1024`, `r10 = rdx + steps * 1024`: where the second blocks of 16 begin.
    private void secondBlocks() {
        bytes(0x49, 0x89, 0xc9); // mov r9, rcx
        bytes(0x49, 0xc1, 0xe1, Integer.numberOfTrailingZeros(TileProduct.BYTES)); // shl r9, 10
        bytes(0x4e, 0x8d, 0x14, 0x0a); // lea r10, [rdx + r9]
        bytes(0x49, 0x01, 0xf1); // add r9, rsi
    }

    private void move(int register, int value) {
        if (register >= 8) bytes(0x41);
        bytes(0xb8 | register & 7); // mov r32, imm32
        number(value);
    }

    private void add(int register, int value) {
        bytes(register < 8 ? 0x48 : 0x49, 0x81, 0xc0 | register & 7); // add r64, imm32
        number(value);
    }

    /// A tile and the memory whose row r lies at `[base + r * stride + displacement]`.
    private void memory(int prefix, int opcode, int tile, int base, int stride, int displacement) {
        vex(prefix, opcode, 0, stride, base);
        modRm(2, tile, 4);
        bytes((stride & 7) << 3 | base & 7);
        number(displacement);
    }

    /// Of map 0F38, 128 bits, W = 0.
    ///
    /// @param third the operand in the prefix, 0 if there is none
    /// @param index register of an address; 8 and above need a bit of the prefix, of `base` as well
    private void vex(int prefix, int opcode, int third, int index, int base) {
        bytes(0xc4, 0xe2 & ~(index < 8 ? 0 : 0x40) & ~(base < 8 ? 0 : 0x20), (~third & 15) << 3 | prefix, opcode);
    }

    private void modRm(int mode, int register, int operand) {
        bytes(mode << 6 | register << 3 | operand & 7);
    }

    private void bytes(int... values) {
        for (int value : values) code.write(value);
    }

    private void number(int value) {
        for (int shift = 0; shift < 32; shift += 8) code.write(value >> shift);
    }
}
