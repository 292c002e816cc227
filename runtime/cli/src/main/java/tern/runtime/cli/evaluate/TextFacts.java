package tern.runtime.cli.evaluate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.doctor.Finding;
import tern.runtime.doctor.TextCheck;
import tern.runtime.model.ModelSource;

/// What a model's files say in addition to its weights, as the doctor wants it.
final class TextFacts {

    private TextFacts() {}

    static List<Finding> findings(ModelOptions.Running running) throws IOException {
        ModelSource source = running.source();
        var findings = new ArrayList<>(TextCheck.of(source.tokenizer(), running.model().config().vocabulary(), source.chatTemplate().orElse("")));
        boolean tied = source.head().address() == source.embedding().address();
        findings.add(new Finding(Finding.Verdict.GOOD, "head", tied ? "tied to the embedding" : "a matrix of its own"));
        return findings;
    }
}
