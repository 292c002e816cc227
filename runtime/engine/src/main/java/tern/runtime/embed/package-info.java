/// Texts as vectors.
///
/// ```
/// text -> tokens, end of text -> passes of whole texts -> state after each last token -> length 1 -> fewer numbers, fewer bits
/// ```
///
/// Begin with [tern.runtime.embed.Embedder].
package tern.runtime.embed;
