/// Jinja as chat templates use it: programs in a model's files that set a conversation in text.
///
/// ```
/// text -> Lexer -> Parser -> Statements and Expressions -> Renderer -> Text, each character with its origin
/// ```
///
/// Meaning and white space are those of Jinja 3.1 as transformers sets it up (`trim_blocks`, `lstrip_blocks`, loop controls, immutable
/// values, `raise_exception`, `strftime_now`, a `tojson` that escapes nothing), and texts are Python's: sequences of code points.
///
/// It is written here, since no library keeps the origin of each character, without which a user's `<|eot_id|>` would end a turn; jinjava
/// 2.8.3 besides failed on Qwen3's template (`messages[::-1]`, `namespace(a=b|length)`), went on with a wrong text, and took 3 s and 28 jars.
///
/// A template comes from a stranger. It sees the values that it is given and nothing else: no file, no class, no other template, since
/// a [tern.runtime.jinja.Value] is one of a closed set and holds no object of Java. Its work, depth and texts are bounded by
/// [tern.runtime.jinja.Meter]. Each character of a text knows whether the template wrote it or a user did, so that only a template's
/// `<|eot_id|>` becomes a special token. Begin with [tern.runtime.jinja.Template].
@NullMarked
package tern.runtime.jinja;

import org.jspecify.annotations.NullMarked;
