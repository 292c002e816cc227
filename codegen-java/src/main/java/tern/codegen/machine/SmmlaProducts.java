package tern.codegen.machine;

import static tern.codegen.machine.arm64.Vectors.*;

import java.util.ArrayList;
import java.util.List;
import tern.codegen.machine.arm64.Opcode;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop.TileProduct;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// Products of tiles by `smmla`, which adds products of two rows and two columns of eight bytes to four sums. Eight rows by eight columns at a time have
/// their sums in 16 registers; eight bytes of each are brought into pairs for 16 products.
final class SmmlaProducts implements TileProducts {

    /// Rows and columns at a time, and bytes along k.
    private static final int SIDE = 8;

    private static final int HALVES = TileProduct.ROWS / SIDE, QUARTER = 16;

    private final Selection at;
    private final Loops loops;

    SmmlaProducts(Selection at, Loops loops) {
        this.at = at;
        this.loops = loops;
    }

    /// A place in a product: blocks of 16 of either operand, and the variables that count halves of these, steps, and groups of eight bytes.
    private record Place(TileProduct product, int i, int j, Var rows, Var columns, Var step, Var group) {}

    @Override
    public void emit(TileProduct product) {
        for (int i = 0; i < product.aTiles(); i++)
            for (int j = 0; j < product.bTiles(); j++) {
                var place = new Place(product, i, j, index("$rows"), index("$columns"), index("$step"), index("$group"));
                loops.times(place.rows, HALVES, () -> loops.times(place.columns, HALVES, () -> square(place)));
            }
    }

    private static Var index(String name) {
        return Var.value(name, Type.I32);
    }

    private void square(Place place) {
        List<Register> sums = new ArrayList<>();
        for (int s = 0; s < SIDE * SIDE / 4; s++) sums.add(write(MOVI, new Immediate(0)));
        loops.times(place.step, place.product.steps(), () -> loops.times(place.group, TileProduct.ROW_BYTES / SIDE, () -> products(place, sums)));
        for (int pair = 0; pair < SIDE / 2; pair++)
            for (int four = 0; four < 2; four++) {
                Register left = sums.get(pair * SIDE / 2 + 2 * four), right = sums.get(pair * SIDE / 2 + 2 * four + 1);
                add(write(ZIP1.get(at(64)), left, right), sumPlace(place, 2 * pair, 4 * four));
                add(write(ZIP2.get(at(64)), left, right), sumPlace(place, 2 * pair + 1, 4 * four));
            }
    }

    private void products(Place place, List<Register> sums) {
        List<Register> rows = new ArrayList<>();
        for (int row = 0; row < SIDE; row += 2) rows.add(write(ZIP1.get(at(64)), write(LDR_D, rowPlace(place, row)), write(LDR_D, rowPlace(place, row + 1))));
        for (int four = 0; four < 2; four++) {
            Register first = write(LDR_Q, columnPlace(place, four, 0)), second = write(LDR_Q, columnPlace(place, four, 1));
            for (int half = 0; half < 2; half++) {
                Register columns = write((half == 0 ? ZIP1 : ZIP2).get(at(32)), first, second);
                for (int pair = 0; pair < SIDE / 2; pair++) at.code.put(SMMLA, sums.get(pair * SIDE / 2 + 2 * four + half), rows.get(pair), columns);
            }
        }
    }

    private Register write(Opcode opcode, Operand... sources) {
        return at.code.vector(opcode, false, sources);
    }

    private void add(Register products, Memory place) {
        at.code.put(STR_Q, write(ADD.get(at(32)), products, write(LDR_Q, place)), place);
    }

    /// Four sums from a row and a column of the square on.
    private Memory sumPlace(Place place, int row, int column) {
        TileProduct product = place.product;
        int line = product.bTiles() * TileProduct.ROWS;
        Expr index = Expr.add(product.sumsIndex(), Expr.add(times(place.rows, SIDE * line), times(place.columns, SIDE)));
        return at.addresses.of(product.sums(), index, (long) ((place.i * TileProduct.ROWS + row) * line + place.j * TileProduct.ROWS + column) * Integer.BYTES);
    }

    /// Eight bytes of a row.
    private Memory rowPlace(Place place, int row) {
        TileProduct product = place.product;
        int bytes = product.a().element().bytes();
        Expr half = times(place.rows, SIDE * TileProduct.ROW_BYTES / bytes);
        return inTile(product.a(), Expr.add(product.aIndex(), half), place, SIDE, place.i, row * TileProduct.ROW_BYTES);
    }

    /// Four bytes of four columns, the lower or the upper ones of eight.
    private Memory columnPlace(Place place, int four, int half) {
        TileProduct product = place.product;
        int bytes = product.b().element().bytes();
        Expr columns = times(place.columns, SIDE * 4 / bytes);
        return inTile(product.b(), Expr.add(product.bIndex(), columns), place, 2 * TileProduct.ROW_BYTES, place.j,
                half * TileProduct.ROW_BYTES + four * QUARTER);
    }

    /// @param apart  bytes from one group of eight along k to the next
    /// @param offset in bytes, in the tile
    private Memory inTile(Buf buffer, Expr index, Place place, int apart, int block, int offset) {
        int bytes = buffer.element().bytes();
        Expr along = Expr.add(times(place.step, TileProduct.BYTES / bytes), times(place.group, apart / bytes));
        return at.addresses.of(buffer, Expr.add(index, along), (long) block * place.product.steps() * TileProduct.BYTES + offset);
    }

    private static Expr times(Var counter, int factor) {
        return Expr.multiply(Expr.ref(counter), Expr.i32(factor));
    }
}
