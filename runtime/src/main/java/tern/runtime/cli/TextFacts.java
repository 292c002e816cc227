package tern.runtime.cli;

import java.util.ArrayList;
import java.util.List;
import tern.runtime.doctor.Finding;
import tern.runtime.doctor.TextCheck;
import tern.runtime.gguf.Gguf;

/// What a GGUF file says beside its weights, as the doctor wants it.
final class TextFacts {

    private TextFacts() {}

    static List<Finding> findings(ModelOptions.Running running) {
        Gguf file = running.file().file();
        var findings = new ArrayList<>(TextCheck.of(
                Prompts.tokenizer(running), running.model().config().vocabulary(), file.metadata().text("tokenizer.chat_template", "")));
        boolean own = file.tensors().stream().anyMatch(tensor -> tensor.name().equals("output.weight"));
        findings.add(own
                ? new Finding(Finding.Verdict.WRONG, "head", "the file has an output.weight of its own, but Tern uses the embedding")
                : new Finding(Finding.Verdict.GOOD, "head", "tied to the embedding"));
        return findings;
    }
}
