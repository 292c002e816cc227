package tern.runtime.cli.console;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tern.runtime.cli.html.Grid;

/// Columns of text, each as wide as its widest cell; numbers to the right.
public final class Table {

    private final List<String[]> rows = new ArrayList<>();

    /// @param heads of the columns
    public Table(String... heads) {
        rows.add(heads);
    }

    /// The table of a report, in letters that every terminal has.
    public static Table of(Grid grid) {
        var table = new Table(grid.heads().stream().map(Table::plain).toArray(String[]::new));
        for (Object[] row : grid.rows()) table.row(Arrays.stream(row).map(Table::plain).toArray());
        return table;
    }

    private static String plain(Object cell) {
        return cell.toString().replace("µ", "u").replace("±", "+-");
    }

    public void row(Object... cells) {
        String[] texts = new String[cells.length];
        for (int i = 0; i < cells.length; i++) texts[i] = String.valueOf(cells[i]);
        rows.add(texts);
    }

    public boolean isEmpty() {
        return rows.size() == 1;
    }

    private boolean isNumeric(int column) {
        return rows.stream().skip(1).allMatch(row -> row[column].isEmpty() || Character.isDigit(row[column].charAt(0)))
                && rows.stream().skip(1).anyMatch(row -> row[column].matches("[0-9.,]+( [a-zA-Z]+)?"));
    }

    @Override
    public String toString() {
        int columns = rows.getFirst().length;
        String[] lines = new String[rows.size()];
        Arrays.fill(lines, "");
        for (int c = 0; c < columns; c++) {
            final int column = c;
            int width = rows.stream().mapToInt(row -> row[column].length()).max().orElseThrow();
            String format = (c == 0 ? "" : "  ") + (isNumeric(c) ? "%" : "%-") + Math.max(1, width) + "s";
            for (int r = 0; r < lines.length; r++) lines[r] += format.formatted(rows.get(r)[c]);
        }
        var text = new StringBuilder();
        for (String line : lines) text.append(line.stripTrailing()).append('\n');
        return text.toString();
    }
}
