/// `tern run` and `tern demo`: a model continues a prompt.
@NullMarked
package tern.runtime.cli.run;

import org.jspecify.annotations.NullMarked;
