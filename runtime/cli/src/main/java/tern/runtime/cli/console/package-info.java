/// What every command says and how: tables, progress bars, texts that are read, failures and their exit status.
///
/// Begin with [tern.runtime.cli.console.Console] and [tern.runtime.cli.console.Failure].
@NullMarked
package tern.runtime.cli.console;

import org.jspecify.annotations.NullMarked;
