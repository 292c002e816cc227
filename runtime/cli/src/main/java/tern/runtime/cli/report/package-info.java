/// Reports: one model of what a command found, and three writers of it.
///
/// ```
///  Report ---- Fields    for programs: one JSON object
///     |------- Grid      a table, on a terminal and on a page; Columns makes one, and the fields of its rows, from what was found
///     |------- lines, notes (notes: on a page, too)
///     '------- headings, sentences, Figure (a number that counts), Plot (marks and lines over two axes): on a page
/// ```
///
/// A page is one file that any browser shows, with no resource outside it and no script.
///
/// Begin with [tern.runtime.cli.report.Report].
@NullMarked
package tern.runtime.cli.report;

import org.jspecify.annotations.NullMarked;
