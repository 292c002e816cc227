/// `tern synth`, `inspect`, `convert` and `cache`: the files of models.
@NullMarked
package tern.runtime.cli.model;

import org.jspecify.annotations.NullMarked;
