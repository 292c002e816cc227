/// Packings as people see them: drawings in SVG, which a browser shows at once. Begin with [tern.ir.picture.PackingPicture].
@NullMarked
package tern.ir.picture;

import org.jspecify.annotations.NullMarked;
