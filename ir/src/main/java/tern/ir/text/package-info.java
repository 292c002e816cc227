/// The language of Tern: a text declares codecs, packings, kernels and schedules. This is its manual.
///
/// [tern.ir.text.Tir#parse] reads a text, [tern.ir.text.Printer] writes one, [tern.ir.text.Tir#library] is what comes with Tern
/// (`tern/ir/library/*.tir`). A text that is wrong gives one [tern.ir.text.IrException] with all its problems.
///
///     // A comment. Statements end with ; and names are letters, digits and _ .
///     codec tri5 = base3(3) in 5 bits
///
///     packing tri5r32 {
///         tile rows 32, k 9;
///         word i16;
///         codec tri5;
///         digit k%3;
///         code at row*16 + k/3*5;
///     }
///
///     kernel bitlinear(x: i8[n, k], w: weight[m, k], sx: f32[n], sw: f32[m]) -> y: f32[n, m] {
///         y[i, j] = sum(k: x[i, k] * w[j, k]) * sw[j] * sx[i]
///     }
///
///     schedule for bitlinear on avx512 { packing tri5r32; strategy tabulate; lanes 32; row tiles 4; k tiles 28; }
///
/// ## Names
///
/// A name is looked up among the declarations before it in the text, then in the text's parent, at last in the library. Each
/// kind has names of its own. A text may reuse a name of its parent, but not one of its own. No word is reserved.
///
/// ## Codec: how weights become a code
///
///     codec a = map(-1, 0, 1, _) in 2 bits         code 0 means -1, code 1 means 0, ...; _ means nothing
///     codec b = base3(3) in 5 bits                 three digits -1..1; code = sum of (digit + 1) * 3^j
///     codec c = base4(2) from -2 in 4 bits         digits -2..1; without `from` they are centred: base4 is -1..2
///     codec d = base3(2) in 4 bits, most significant first
///     codec e = base3(4 of 5) in 8 bits, most significant first, fixed point
///     codec f = signed base3(3) in 4 bits          |9a + 3b + c| in field `index`, its sign in field `sign`
///     codec g = planes                             a trit as fields `nonzero` and `sign`
///     codec h = int in 8 bits                      two's complement
///     codec i = table(2) in 3 bits { 0: 1 0; 1: 0 1; 5: 0 1; }
///
/// `fixed point` writes `ceil(number * 2^bits / base^digits)`. `4 of 5`: the fifth place is no weight. Where several codes mean the
/// same, the lowest is written and all are read. A code has at most 16 bits, weights fit i8.
/// Fields are named `code` unless said otherwise; a field lies within one word.
///
/// ## Packing: where each weight of a matrix is stored
///
/// The matrix `[m, k]` is cut into tiles of `rows` times `k` weights. Statements, in any order:
///
///     tile rows 1, k 256, 66 bytes;    the size in bytes may be left out: whole words that hold everything
///     word i16;                        i8 (if left out), i16, i32, i64: little endian; bit b is bit b%8 of byte b/8
///     codec tri5;
///     digit k%3;                       which digit of its code a weight is; 0 if left out
///     code at row*16 + k/3*5;          the first bit of each field of the codec, by the field's name
///     scale f16 at 64;                 f16, bf16 or f32 at this byte of every tile: the tensor's scale
///     tail 32 bytes { scale f32 at 0; }    bytes behind the last tile
///     tiles k within rows;             the tiles of a row of tiles are neighbours (if left out); or: rows within k
///     spread rows;                     row r of tile t is not t * rows + r but t + r * (tiles along the rows)
///     section k 0..160 { codec tq1; digit k/32; code at k%32*8; }
///
/// A packing may have parameters, each with the values that are tried:
///
///     packing quads(R in 8 | 16 | 32) { tile rows R, k 16; codec two; code at row*32 + k%4*8 + k/4*2; }
///
/// declares `quads8`, `quads16` and `quads32`, one packing for each combination of values, which are checked, ranked and tuned like all others. A
/// parameter may stand for any number of the packing; values of several parameters are joined by `x` in the name.
///
/// Sections divide a tile into rectangles (`section rows 0..8, k 0..4 { ... }`) with a codec and places of their own, and there
/// `row` and `k` count from the rectangle's corner.
///
/// Places are sums of numbers and terms `axis/a%b*c`, each part but the axis optional, `/` rounding down, applied from left to
/// right; the axes are `row` and `k`. The numbers that divide an axis must divide each other one after the other, and the
/// axis: then the sum is a [tern.ir.Layout] along each axis, and kernels can be made from it.
///
/// [tern.ir.PackingCheck] proves that the text is a packing: every weight stored once, no bit used twice, no field across
/// words, every code read as written. Digits without a weight and unused bits are allowed.
///
/// ## Kernel: what is computed
///
/// Dimensions: `n` tokens, `m` outputs, `k` inputs. Parameters: exactly one `i8[n, k]`, the activations; packed weights
/// `weight[m, k]`; `f32` or `i32` over any of n and m, or none (`s: f32`). The result is `f32[n, m]` or `i32[n, m]`. Its one
/// formula has
///
///     sum(k: x[i, k] * w[j, k])        exact in i32
///     a + b   a - b   a * b   min(a, b)   max(a, b)   relu(a)   square(a)   silu(a)   (a)   r[i, j]   0.5
///
/// and is f32 once a number, an f32 parameter or silu takes part: an i32 becomes f32 by rounding to nearest even, and the
/// operations are done in the order written, `*` before `+` and `-`, from left to right. The names of the indices are free.
///
/// ## Schedule: how, on one target
///
/// `packing` must stand, and on a CPU a `strategy`, on a GPU a `unit`. Each has numbers of its own, which are 1 if left out:
///
///     strategy decode, tabulate        lanes, row tiles, tokens, k tiles, panel, prefetch (none if left out); and the word rolled
///     strategy bytes                   lanes, row tiles, tokens, k tiles, panel, prefetch
///     strategy matrix                  tokens, k tiles
///     unit dp4a                        k lanes, row tiles, tokens, warps, split, unroll
///     unit mma                         row tiles, tokens, warps, split, unroll
///     unit tiles, warpgroups           row tiles, tokens, warps, stages
///     unit lanes                       none
///
/// [tern.ir.Schedule] says what they mean. A target's name that is no name is quoted. Texts of earlier versions are read: there
/// `warpgroups` was `groups`, `stages` was `unroll`, and what a way leaves no choice of was written too (`strategy matrix; lanes 16;`).
///
/// ## Limits
///
/// 262,144 characters, 256 declarations, numbers up to 16,777,216, 64 nested parentheses, 64 terms in a place, 1,000
/// operations in a formula, tiles of 65,536 weights and 65,536 bytes, 1,048,576 weights in all tiles of a text together.
@NullMarked
package tern.ir.text;

import org.jspecify.annotations.NullMarked;
