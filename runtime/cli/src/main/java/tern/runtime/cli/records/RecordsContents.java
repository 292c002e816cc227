package tern.runtime.cli.records;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import tern.autotune.bundle.Bundle;
import tern.autotune.bundle.BundleFile;
import tern.autotune.record.Records;
import tern.autotune.record.Trial;
import tern.autotune.record.Tuned;
import tern.runtime.cli.console.Texts;

/// All records of one place: a file of records, a database, or a bundle.
record RecordsContents(String name, List<Tuned> winners, List<Trial> trials) {

    /// @throws NoSuchFileException if there is no such file, since an empty one is hardly what was meant
    static RecordsContents read(String urlOrFile) throws IOException {
        if (!urlOrFile.startsWith("jdbc:")) {
            Path file = Path.of(urlOrFile);
            if (!Files.exists(file)) throw new NoSuchFileException(urlOrFile);
            if (BundleFile.isOne(file)) {
                Bundle bundle = BundleFile.read(file).contents();
                return new RecordsContents(urlOrFile, bundle.winners(), bundle.trials());
            }
        }
        try (Records records = Records.open(urlOrFile)) {
            return of(records);
        }
    }

    static RecordsContents of(Records records) {
        return new RecordsContents(records.name(), records.tuned(), records.trials());
    }

    @Override
    public String toString() {
        return "%s: %s, %s".formatted(name, Texts.count(winners.size(), "winner"), Texts.count(trials.size(), "trial"));
    }
}
