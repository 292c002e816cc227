/// Processors that this machine is not: [tern.guest.GuestDevice] makes kernels run in a [tern.guest.Guest], which is a program for AArch64 under
/// qemu's emulation of user programs, or a whole PC with AVX-512 under Bochs.
@NullMarked
package tern.guest;

import org.jspecify.annotations.NullMarked;
