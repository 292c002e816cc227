package tern.runtime.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What a command found: fields for programs, and for people lines, sentences, tables and pictures in their order. It is written as text for
/// a terminal, as one JSON object, or as a page of HTML.
public final class Report {

    /// What people see. A terminal shows lines, notes and tables, a page all but lines.
    sealed interface Part {
        record Line(String text) implements Part {}

        record Note(String text) implements Part {}

        record Heading(String text) implements Part {}

        record Sentences(String text) implements Part {}

        record Figures(List<Figure> figures) implements Part {}

        record Table(Grid grid) implements Part {}

        /// A table of a page, which is folded away under a summary unless that is empty.
        record PageTable(String summary, Grid grid) implements Part {}

        record Picture(Plot plot) implements Part {}
    }

    private final String title, lead;
    private final Fields fields = new Fields();
    private final List<Part> parts = new ArrayList<>();

    /// @param title what it shows
    /// @param lead  where and when it was measured
    public Report(String title, String lead) {
        this.title = title;
        this.lead = lead;
    }

    /// One that becomes no page.
    public Report() {
        this("", "");
    }

    String title() {
        return title;
    }

    String lead() {
        return lead;
    }

    List<Part> parts() {
        return parts;
    }

    /// What programs read; to be filled.
    public Fields fields() {
        return fields;
    }

    private Report add(Part part) {
        parts.add(part);
        return this;
    }

    /// A line on a terminal.
    ///
    /// @param format as `String.format` has it
    public Report line(String format, Object... values) {
        return add(new Part.Line(String.format(Locale.ROOT, format, values)));
    }

    /// A line on a terminal, and a paragraph of a page.
    public Report note(String text) {
        return add(new Part.Note(text));
    }

    /// A heading of a page.
    public Report heading(String text) {
        return add(new Part.Heading(text));
    }

    /// A paragraph of a page.
    public Report say(String sentences) {
        return add(new Part.Sentences(sentences));
    }

    /// Numbers of a page, shown large.
    public Report figures(List<Figure> figures) {
        return add(new Part.Figures(figures));
    }

    /// A table, unless it is empty.
    public Report add(Grid grid) {
        return grid.isEmpty() ? this : add(new Part.Table(grid));
    }

    /// A table that a page does not show, unless it is empty.
    public Report terminalTable(Grid grid) {
        return grid.isEmpty() ? this : add(new Part.Line(grid.toString().stripTrailing()));
    }

    /// A table that a terminal does not show, unless it is empty.
    public Report pageTable(Grid grid) {
        return grid.isEmpty() ? this : add(new Part.PageTable("", grid));
    }

    /// A table of a page that is shown when somebody asks for it.
    public Report fold(String summary, Grid grid) {
        return add(new Part.PageTable(summary, grid));
    }

    /// A picture of a page.
    public Report add(Plot plot) {
        return add(new Part.Picture(plot));
    }

    /// For a terminal.
    public String text() {
        var text = new StringBuilder();
        for (Part part : parts)
            switch (part) {
            case Part.Line(String line) -> text.append(line).append('\n');
            case Part.Note(String note) -> text.append(note).append('\n');
            case Part.Table(Grid grid) -> text.append(grid);
            case Part.Heading _, Part.Sentences _, Part.Figures _, Part.PageTable _, Part.Picture _ -> {}
            }
        return text.toString();
    }

    /// One line of JSON.
    public String json() {
        return fields.json();
    }

    /// A page of its own, with no resource outside it and no script.
    public String html() {
        return Page.html(this);
    }
}
