/// `tern logits`, `ppl`, `compare`, `doctor` and `score`: how good a model is, and whether it is computed right.
@NullMarked
package tern.runtime.cli.evaluate;

import org.jspecify.annotations.NullMarked;
