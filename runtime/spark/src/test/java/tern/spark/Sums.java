package tern.spark;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/// The model that learned to add, and rows of sums for it.
final class Sums {

    private static final StructType SCHEMA = new StructType().add("id", DataTypes.LongType).add("prompt", DataTypes.StringType).add("n", DataTypes.IntegerType);

    private Sums() {}

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = Sums.class.getResourceAsStream("/tern/runtime/cli/run/" + name)) {
            if (in == null) throw new AssertionError("no " + name);
            return in.readAllBytes();
        }
    }

    static Path model(Path folder) throws IOException {
        return Files.write(folder.resolve("sums.gguf"), resource("sums.gguf"));
    }

    /// `9+8=` and what follows it.
    static List<String[]> questions() throws IOException {
        return new String(resource("sums.txt"), StandardCharsets.UTF_8).lines().map(line -> line.split("\t", -1)).toList();
    }

    /// Rows with ids from 0, of which the two last are bad.
    ///
    /// @param times that every sum comes
    static Dataset<Row> rows(SparkSession spark, int sums, int times) throws IOException {
        var rows = new ArrayList<Row>();
        for (int i = 0; i < sums * times; i++) rows.add(RowFactory.create((long) i, questions().get(i % sums)[0], 12));
        rows.add(RowFactory.create((long) rows.size(), null, 12));
        rows.add(RowFactory.create((long) rows.size(), "1+".repeat(5000), 12));
        return spark.createDataFrame(rows, SCHEMA);
    }

    /// A session with nothing that a test needs not.
    static SparkSession.Builder session(String master, Path folder) {
        return SparkSession.builder().master(master).appName("test")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toString())
                .config("spark.tern.cache", folder.resolve("cache").toString());
    }
}
