/// The prompt of `tern chat`: lines from a terminal or a pipe become messages and commands.
///
/// ```
/// Lines (PipedLines, TerminalLines) -> Messages: several lines joined -> ChatLoop -> Partner:
///     LocalPartner -> tern.runtime.chat.Dialogue
///     ServerPartner -> ServerClient: a server over HTTP
/// ```
///
/// JLine is seen by [tern.runtime.cli.chat.TerminalLines] alone, so that it is loaded only where there is a terminal. Begin with
/// [tern.runtime.cli.chat.ChatLoop].
@NullMarked
package tern.runtime.cli.chat;

import org.jspecify.annotations.NullMarked;
