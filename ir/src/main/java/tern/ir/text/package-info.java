/// The language of Tern: a text declares codecs, packings, kernels and schedules. Its manual is `docs/language.md`.
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
@NullMarked
package tern.ir.text;

import org.jspecify.annotations.NullMarked;
