package tern.codegen.machine;

import tern.ir.loop.Loop;

/// Writes products of tiles.
interface TileProducts {

    void emit(Loop.TileProduct product);
}
