package tern.runtime.cli.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A table: as text each column is as wide as its widest cell; as HTML a cell may be a bar. Numbers are to the right in both.
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

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    private boolean isNumeric(int column) {
        return rows.stream().allMatch(row -> !(row[column] instanceof BarCell) && row[column].toString().matches("|±?[0-9][0-9.,]*( %)?"));
    }

    /// In letters that every terminal has.
    @Override
    public String toString() {
        List<String[]> lines = Stream.concat(Stream.<Object[]>of(heads.toArray()), rows.stream()).map(Grid::plain).toList();
        String[] text = new String[lines.size()];
        Arrays.fill(text, "");
        for (int c = 0; c < heads.size(); c++) {
            final int column = c;
            int width = lines.stream().mapToInt(line -> line[column].length()).max().orElseThrow();
            String format = (c == 0 ? "" : "  ") + (isMeasure(lines, c) ? "%" : "%-") + Math.max(1, width) + "s";
            for (int r = 0; r < text.length; r++) text[r] += format.formatted(lines.get(r)[c]);
        }
        return Arrays.stream(text).map(line -> line.stripTrailing() + "\n").collect(Collectors.joining());
    }

    private static String[] plain(Object[] cells) {
        return Arrays.stream(cells).map(cell -> String.valueOf(cell).replace("µ", "u").replace("±", "+-")).toArray(String[]::new);
    }

    /// A column of numbers, perhaps with units.
    private static boolean isMeasure(List<String[]> lines, int column) {
        List<String> cells = lines.stream().skip(1).map(line -> line[column]).toList();
        return cells.stream().allMatch(cell -> cell.isEmpty() || Character.isDigit(cell.charAt(0)))
                && cells.stream().anyMatch(cell -> cell.matches("[0-9.,]+( [a-zA-Z]+)?"));
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
