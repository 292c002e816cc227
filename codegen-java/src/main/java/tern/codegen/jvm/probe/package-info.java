/// What this processor is: vector width, cores, caches and bandwidth ([tern.codegen.jvm.probe.CpuProbe]), and its identity in tuning records
/// ([tern.codegen.jvm.probe.CpuFingerprint]).
@NullMarked
package tern.codegen.jvm.probe;

import org.jspecify.annotations.NullMarked;
