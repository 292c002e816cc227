package tern.runtime.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tern.runtime.tokenizer.Tokenizer;

/// What surrounds a model's texts: the tokens that begin and end them, and its chat template.
public final class TextCheck {

    /// The turns of BitNet b1.58 2B4T end with it. Source: BitNet b1.58 2B4T report, section 3.2.2.
    private static final String END_OF_TURN = "<|eot_id|>";

    private TextCheck() {}

    /// @param template of the file; empty if there is none
    public static List<Finding> of(Tokenizer tokenizer, int vocabulary, String template) {
        var findings = new ArrayList<Finding>();
        if (tokenizer.size() != vocabulary)
            findings.add(Finding.note("tokenizer", "%d tokens, but the embedding has %d rows".formatted(tokenizer.size(), vocabulary)));
        findings.add(stops(tokenizer));
        findings.add(template(tokenizer, template));
        return findings;
    }

    private static Finding stops(Tokenizer tokenizer) {
        Set<Integer> stops = tokenizer.stops();
        if (stops.isEmpty()) return Finding.note("stops", "no token ends a text: generation stops at its limit only");
        Integer turn = tokenizer.specials().get(END_OF_TURN);
        return turn != null && !stops.contains(turn)
                ? Finding.wrong("stops", "%s (%d) does not end an answer".formatted(END_OF_TURN, turn))
                : Finding.good("stops", "generation ends with " + stops);
    }

    private static Finding template(Tokenizer tokenizer, String template) {
        if (!tokenizer.specials().containsKey(END_OF_TURN)) return Finding.good("template", "no chat tokens: a model that continues texts");
        if (template.isEmpty()) return Finding.note("template", "the file has no chat template");
        if (template.contains("<|start_header_id|>")) return Finding.note("template", "it is Llama 3's, with headers; 2B4T was not trained on that");
        return template.contains(END_OF_TURN)
                ? Finding.good("template", "turns end with " + END_OF_TURN)
                : Finding.note("template", "turns do not end with %s, as 2B4T's do; answers may not stop".formatted(END_OF_TURN));
    }
}
