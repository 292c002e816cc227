package tern.runtime.cli.html;

import java.util.ArrayList;
import java.util.List;

/// A table as a report holds it, whoever writes it: here as HTML, columns of numbers to the right.
public final class Grid {

    private static final int LONG = 48;

    private final List<String> heads;
    private final List<Object[]> rows = new ArrayList<>();

    /// @param heads of the columns
    public Grid(String... heads) {
        this.heads = List.of(heads);
    }

    /// @param cells texts, numbers, or [BarCell]s
    public Grid row(Object... cells) {
        if (cells.length != heads.size()) throw new IllegalArgumentException(cells.length + " cells under " + heads.size() + " heads");
        rows.add(cells.clone());
        return this;
    }

    public List<String> heads() {
        return heads;
    }

    /// What [#row] was given.
    public List<Object[]> rows() {
        return rows.stream().map(Object[]::clone).toList();
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    private boolean isNumeric(int column) {
        return rows.stream().allMatch(row -> !(row[column] instanceof BarCell) && row[column].toString().matches("|±?[0-9][0-9.,]*( %)?"));
    }

    String html() {
        var html = new StringBuilder("<div class=\"wide\"><table>\n<thead><tr>");
        boolean[] numeric = new boolean[heads.size()];
        for (int c = 0; c < numeric.length; c++) {
            numeric[c] = isNumeric(c);
            html.append(numeric[c] ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">").append(Markup.escape(heads.get(c))).append("</th>");
        }
        html.append("</tr></thead>\n<tbody>\n");
        for (Object[] row : rows) {
            html.append("<tr>");
            for (int c = 0; c < numeric.length; c++)
                html.append(numeric[c] ? "<td class=\"n\">" : isLong(row[c]) ? "<td class=\"long\">" : "<td>").append(cell(row[c])).append("</td>");
            html.append("</tr>\n");
        }
        return html.append("</tbody></table></div>\n").toString();
    }

    /// Only sentences are broken into lines.
    private static boolean isLong(Object cell) {
        return !(cell instanceof BarCell) && cell.toString().length() > LONG;
    }

    private static String cell(Object cell) {
        return cell instanceof BarCell share ? share.html() : Markup.escape(cell.toString());
    }
}
