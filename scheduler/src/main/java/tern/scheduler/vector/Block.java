package tern.scheduler.vector;

import tern.ir.loop.Expr;

/// The part of a product that one run of the innermost loop works on.
///
/// @param tokens       index of the block of tokens
/// @param inCacheBlock index of the block of row tiles among those of its cache block
/// @param sums         index of the block's first element in the scratch of sums
record Block(RowTiles rowTiles, Expr tokens, Expr inCacheBlock, Expr sums) {}
