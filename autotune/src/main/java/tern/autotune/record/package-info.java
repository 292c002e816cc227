/// What was measured, kept: the tuning records of this machine and of others. [tern.autotune.record.Records] is the door;
/// everything else is plain data, and every text in it is Tern's own language, so that a record can be read, checked and compiled
/// again without the files it came from.
@NullMarked
package tern.autotune.record;

import org.jspecify.annotations.NullMarked;
