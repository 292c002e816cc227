/// AArch64 without such a machine: [tern.arm.Guest] is a program for it that [tern.arm.QemuDevice] makes kernels run in, under qemu's
/// emulation of user programs.
@NullMarked
package tern.arm;

import org.jspecify.annotations.NullMarked;
