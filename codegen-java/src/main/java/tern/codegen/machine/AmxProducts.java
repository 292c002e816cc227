package tern.codegen.machine;

import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.x86.Tiles;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop.TileProduct;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// Products of tiles by Intel's AMX. A procedure that has any tells the unit their shapes at its beginning, and gives them back at its end.
///
/// One tile register for each operand, loaded anew for each product: where two threads share a core, registers in use beyond five or
/// six keep loads from running ahead of products, which costs more than loading twice (measured: 1 by 2 tiles in four
/// registers 19 ns a product, 2 by 2 in all eight 33).
final class AmxProducts implements TileProducts {

    private static final int TILES = 8;

    /// Registers of the operands; those before hold sums.
    private static final Register A = Tiles.register(4), B = Tiles.register(5);

    /// Bytes from row to row, in a register.
    private record Stride(int bytes) {}

    private final Selection at;
    private final Loops loops;
    private boolean configured;

    AmxProducts(Selection at, Loops loops) {
        this.at = at;
        this.loops = loops;
    }

    @Override
    public void emit(TileProduct product) {
        if (!configured) at.code.aside(at.entry, () -> at.code.put(Tiles.CONFIGURE, at.code.constant(configuration())));
        configured = true;
        Var step = Var.value("$step", Type.I32);
        for (int i = 0; i < product.aTiles(); i++)
            for (int j = 0; j < product.bTiles(); j++) at.code.put(Tiles.LOAD, sum(product, i, j), sumPlace(product, i, j));
        loops.times(step, product.steps(), () -> {
            for (int i = 0; i < product.aTiles(); i++) {
                at.code.put(Tiles.LOAD, A, operand(product, product.a(), product.aIndex(), step, i));
                for (int j = 0; j < product.bTiles(); j++) {
                    at.code.put(Tiles.LOAD, B, operand(product, product.b(), product.bIndex(), step, j));
                    at.code.put(Tiles.MULTIPLY, sum(product, i, j), A, B);
                }
            }
        });
        for (int i = 0; i < product.aTiles(); i++)
            for (int j = 0; j < product.bTiles(); j++) at.code.put(Tiles.STORE, sumPlace(product, i, j), sum(product, i, j));
    }

    /// What the unit is told: palette 1, all tiles of 16 rows of 64 bytes.
    private static byte[] configuration() {
        byte[] config = new byte[Code.CONSTANT];
        config[0] = 1;
        for (int tile = 0; tile < TILES; tile++) {
            config[16 + 2 * tile] = TileProduct.ROW_BYTES;
            config[48 + tile] = TileProduct.ROWS;
        }
        return config;
    }

    private static Register sum(TileProduct product, int i, int j) {
        return Tiles.register(i * product.bTiles() + j);
    }

    private Memory sumPlace(TileProduct product, int i, int j) {
        int row = TileProduct.ROWS * Integer.BYTES;
        return rows(at.addresses.of(product.sums(), product.sumsIndex(), (long) (i * TileProduct.ROWS * product.bTiles() + j) * row), product.bTiles() * row);
    }

    /// The tile of a step and a block of 16.
    private Memory operand(TileProduct product, Buf buffer, Expr index, Var step, int block) {
        Expr first = Expr.add(index, Expr.multiply(Expr.ref(step), Expr.i32(TileProduct.BYTES / buffer.element().bytes())));
        return rows(at.addresses.of(buffer, first, (long) block * product.steps() * TileProduct.BYTES), TileProduct.ROW_BYTES);
    }

    private Memory rows(Memory first, int stride) {
        Register bytes = at.addresses.once(new Stride(stride), () -> at.general.number(stride));
        return new Memory(first.base(), bytes, 1, first.displacement(), -1);
    }
}
