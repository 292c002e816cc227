/// Products of matrices by the tiles of Intel's AMX, which the Vector API does not know: a few dozen bytes of machine code for each shape
/// of [tern.ir.loop.Loop.TileProduct], written here into memory of our own and called through the foreign function interface. Nothing is
/// compiled by anything else, and nothing depends on the packing: codes are unpacked by Vector API code, this multiplies bytes.
///
/// Used where Linux on x86-64 says that it gives the unit to this process; the system property `tern.amx=false` keeps it off.
///
/// Begin with [tern.codegen.jvm.amx.MatrixUnit].
@NullMarked
package tern.codegen.jvm.amx;

import org.jspecify.annotations.NullMarked;
