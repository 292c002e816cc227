/// The `tern` command, and the only place where all modules meet. Starts at [tern.runtime.cli.Main].
package tern.runtime.cli;
