/// `tern tune` and `tern explore`: candidates are proved, measured and reported.
@NullMarked
package tern.runtime.cli.tune;

import org.jspecify.annotations.NullMarked;
