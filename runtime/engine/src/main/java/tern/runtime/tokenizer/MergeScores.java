package tern.runtime.tokenizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tern.runtime.ModelException;
import tern.runtime.tokenizer.WrittenVocabulary.Type;

/// From a SentencePiece vocabulary's scores to a list of merges and back: GGUF holds the one, `tokenizer.json` the other.
final class MergeScores {

    private record Merge(String text, float score, int left, int right) {}

    private MergeScores() {}

    /// Every two tokens that make a third, the best third first.
    static List<String> merges(WrittenVocabulary vocabulary, List<Float> scores) {
        Map<String, Integer> ids = ids(vocabulary);
        var merges = new ArrayList<Merge>();
        ids.forEach((token, id) -> {
            for (int i = token.offsetByCodePoints(0, 1); i < token.length(); i = token.offsetByCodePoints(i, 1)) {
                Integer left = ids.get(token.substring(0, i)), right = ids.get(token.substring(i));
                if (left != null && right != null) merges.add(new Merge(token.substring(0, i) + " " + token.substring(i), scores.get(id), left, right));
            }
        });
        merges.sort(Comparator.comparingDouble((Merge merge) -> -merge.score).thenComparingInt(Merge::left).thenComparingInt(Merge::right));
        return merges.stream().map(Merge::text).toList();
    }

    /// Scores from which the vocabulary's list of merges follows.
    ///
    /// @throws ModelException if there are none: two tokens that make a third do not merge, or products come in no one order
    static List<Float> of(WrittenVocabulary vocabulary) {
        List<String> merges = vocabulary.merges().orElse(List.of());
        Map<String, Integer> ids = ids(vocabulary);
        var scores = new ArrayList<>(java.util.Collections.nCopies(vocabulary.tokens().size(), 0f));
        var last = "";
        int rank = 0;
        for (String merge : merges) {
            String product = merge.replace(" ", "");
            if (!product.equals(last)) rank--;
            last = product;
            Integer id = ids.get(product);
            if (id != null && scores.get(id) == 0f) scores.set(id, (float) rank);
            else if (id == null || scores.get(id) != rank) throw wrong(vocabulary);
        }
        if (merges(vocabulary, scores).size() != merges.size()) throw wrong(vocabulary);
        return scores;
    }

    private static Map<String, Integer> ids(WrittenVocabulary vocabulary) {
        var ids = new HashMap<String, Integer>();
        for (int id = 0; id < vocabulary.tokens().size(); id++)
            if (vocabulary.types().get(id) == Type.ORDINARY) ids.put(vocabulary.tokens().get(id), id);
        return ids;
    }

    private static ModelException wrong(WrittenVocabulary vocabulary) {
        return new ModelException(vocabulary.file(), "merges", "follow from no scores, and GGUF has nothing else for a SentencePiece vocabulary");
    }
}
