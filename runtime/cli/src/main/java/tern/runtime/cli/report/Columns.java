package tern.runtime.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a table says of a row: to people in columns with heads, to programs in fields with names.
///
/// @param <R> what a row is of
public final class Columns<R> {

    /// What a column shows of a row; null or an empty `Optional` where there is nothing to show.
    public interface Value<R> {
        @Nullable
        Object of(R row);
    }

    /// @param name of the field; empty: only people see the column
    /// @param head with the unit that is shown; null: only programs see it
    private record Column<R>(String name, @Nullable String head, Format format, Value<R> value) {

        Object cell(R row) {
            Object found = value.of(row);
            Object present = found instanceof Optional<?> optional ? optional.orElse(null) : found;
            return present == null || present instanceof Double number && number.isNaN() ? "" : format.cell(present);
        }
    }

    private final List<Column<R>> columns = new ArrayList<>();

    /// A column for both.
    public Columns<R> add(String name, String head, Format format, Value<R> value) {
        return add(new Column<>(name, head, format, value));
    }

    private Columns<R> add(Column<R> column) {
        columns.add(column);
        return this;
    }

    /// A column that only people see: what it shows follows from fields.
    public Columns<R> show(String head, Format format, Value<R> value) {
        return add("", head, format, value);
    }

    /// A field that only programs see.
    public Columns<R> field(String name, Value<R> value) {
        return add(new Column<>(name, null, Format.PLAIN, value));
    }

    /// For people.
    public Grid grid(Iterable<R> rows) {
        List<Column<R>> shown = columns.stream().filter(column -> column.head != null).toList();
        var grid = new Grid(shown.stream().map(Column::head).toArray(String[]::new));
        for (R row : rows) grid.row(shown.stream().map(column -> column.cell(row)).toArray());
        return grid;
    }

    /// For programs.
    public Fields fields(R row) {
        var fields = new Fields();
        for (Column<R> column : columns) if (!column.name.isEmpty()) fields.put(column.name, column.value.of(row));
        return fields;
    }
}
