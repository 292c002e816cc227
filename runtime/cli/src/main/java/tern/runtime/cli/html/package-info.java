/// Reports as pages of their own: one file that any browser shows, with no resource outside it and no script.
///
/// ```
///  Page ---- headings, sentences, Figure (a number that counts)
///   |------- Grid      a table; a cell may be a BarCell, drawn as a bar
///   '------- Plot      marks and lines over two axes, as SVG
/// ```
///
/// Begin with [tern.runtime.cli.html.Page].
@NullMarked
package tern.runtime.cli.html;

import org.jspecify.annotations.NullMarked;
