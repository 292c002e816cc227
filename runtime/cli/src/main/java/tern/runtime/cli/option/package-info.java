/// Options that several commands share, and what they open: models, devices, records, folders.
///
/// Begin with [tern.runtime.cli.option.ModelOptions] and [tern.runtime.cli.option.Devices].
@NullMarked
package tern.runtime.cli.option;

import org.jspecify.annotations.NullMarked;
