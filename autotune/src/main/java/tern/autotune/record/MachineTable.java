package tern.autotune.record;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Machines as rows.
final class MachineTable extends Table<Machine> {

    static final MachineTable MACHINES = new MachineTable();

    private MachineTable() {
        super("tern_machine");
    }

    @Override
    String identity(Machine machine) {
        return machine.identity();
    }

    @Override
    Instant at(Machine machine) {
        return machine.at();
    }

    @Override
    void put(Machine machine, Map<String, @Nullable Object> row) {
        row.put("name", machine.name());
        put(machine.environment(), row);
        row.put("bandwidth", machine.bandwidth());
        row.put("slowness", machine.slowness());
    }

    @Override
    Machine read(ResultSet row) throws SQLException {
        return new Machine(row.getString("name"), environment(row), row.getDouble("bandwidth"), row.getDouble("slowness"), at(row));
    }
}
