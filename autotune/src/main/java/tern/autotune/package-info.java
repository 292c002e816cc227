/// Measures candidate schedules on the machine at hand and records what it found.
package tern.autotune;
