/// Conversations: messages of a system, a user and an assistant, as the token ids that a model was trained to see.
///
/// ```
/// Dialogue: messages -> Turns -> ChatFormat of a ChatTemplate -> ids -> Generator -> TextStream -> text of the answer
/// ```
///
/// A [tern.runtime.chat.ChatTemplate] is one of a few that are written out here; a model's file chooses it, see
/// [tern.runtime.chat.ChatTemplate#of]. The Jinja programs that files carry are compared with them and never run: a program in a
/// file that was downloaded is not to be trusted, and that of the published 2B4T GGUF is not what the model was trained on. Begin with
/// [tern.runtime.chat.Dialogue].
@NullMarked
package tern.runtime.chat;

import org.jspecify.annotations.NullMarked;
