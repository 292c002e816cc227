package tern.autotune.record;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/// A schema in which PostgreSQL's clock shows what a test says: its `clock_timestamp()` hides the server's.
public final class StoppedClock implements AutoCloseable {

    private final String url;
    private final Connection connection;

    public StoppedClock() throws SQLException {
        url = PostgresServer.schema() + ",pg_catalog";
        connection = DriverManager.getConnection(url);
        try (Statement statement = connection.createStatement()) {
            statement.execute("""
                    CREATE TABLE simulated (seconds DOUBLE PRECISION NOT NULL);
                    INSERT INTO simulated VALUES (1);
                    CREATE FUNCTION clock_timestamp() RETURNS TIMESTAMPTZ LANGUAGE SQL AS 'SELECT to_timestamp(seconds) FROM simulated'""");
        }
    }

    /// Of the records in this schema.
    public String url() {
        return url;
    }

    public synchronized void set(double seconds) {
        change("UPDATE simulated SET seconds = ?", seconds);
    }

    public synchronized void add(double seconds) {
        change("UPDATE simulated SET seconds = seconds + ?", seconds);
    }

    private void change(String sql, double seconds) {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setDouble(1, seconds);
            statement.execute();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
