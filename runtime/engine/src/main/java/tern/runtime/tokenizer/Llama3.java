package tern.runtime.tokenizer;

import static java.util.stream.IntStream.range;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// What the Llama-3 tokenizer adds to its ranks. Source: meta-llama/llama3 `llama/tokenizer.py`.
public final class Llama3 {

    static final String BEGIN_OF_TEXT = "<|begin_of_text|>";
    static final String END_OF_TEXT = "<|end_of_text|>";
    static final String END_OF_TURN = "<|eot_id|>";

    /// The 256 special tokens, in the order of their ids; they follow the ranks.
    public static final List<String> SPECIALS = specials();

    private Llama3() {}

    private static List<String> specials() {
        var named = Map.of(
                0, BEGIN_OF_TEXT,
                1, END_OF_TEXT,
                6, "<|start_header_id|>",
                7, "<|end_header_id|>",
                9, END_OF_TURN);
        Stream<Integer> reserved = range(0, 256).boxed().filter(i -> !named.containsKey(i));
        List<Integer> places = reserved.toList();
        return range(0, 256)
                .mapToObj(i -> named.containsKey(i)
                        ? named.get(i)
                        : "<|reserved_special_token_%d|>".formatted(places.indexOf(i)))
                .toList();
    }
}
