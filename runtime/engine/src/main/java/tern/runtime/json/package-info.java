/// JSON from untrusted files: read whole, within bounds, and asked for by type.
///
/// Begin with [tern.runtime.json.JsonTree#read].
@NullMarked
package tern.runtime.json;

import org.jspecify.annotations.NullMarked;
