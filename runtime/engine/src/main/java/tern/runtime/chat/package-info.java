/// Conversations: messages of a system, a user and an assistant, as the token ids that a model was trained to see.
///
/// ```
/// Dialogue: messages -> Turns -> ChatFormat -> ids -> Generator -> TextStream -> text of the answer
/// ```
///
/// A [tern.runtime.chat.ChatFormat] runs the Jinja program in a model's files, see [tern.runtime.jinja]; a
/// [tern.runtime.chat.ChatTemplate] is one of a few that are written out here, for files without one, or by name. Begin with
/// [tern.runtime.chat.Dialogue].
@NullMarked
package tern.runtime.chat;

import org.jspecify.annotations.NullMarked;
