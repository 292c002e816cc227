/// A model in a Java program.
///
/// ```java
/// try (var tern = Tern.open(Path.of("model.gguf"))) {
///     System.out.println(tern.chat("What is a tern?"));
/// }
/// ```
///
/// Begin with [tern.api.Tern].
@NullMarked
package tern.api;

import org.jspecify.annotations.NullMarked;
