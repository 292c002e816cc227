/// `tern records`: what was tuned is listed, shared, merged and tidied up.
///
/// Begin with [tern.runtime.cli.records.RecordsCommand], which holds a command for each.
@NullMarked
package tern.runtime.cli.records;

import org.jspecify.annotations.NullMarked;
