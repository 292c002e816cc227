package tern.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import tern.ir.text.Tir;

class MemoTest {

    private final Memo<String, List<String>> memo = new Memo<>(2);

    @Test
    void whatWasAskedForLastIsKept() {
        var computed = new ArrayList<String>();
        Function<String, List<String>> compute = key -> {
            computed.add(key);
            return List.of(key);
        };
        for (String key : List.of("a", "b", "a", "c", "a", "b")) assertThat(memo.get(key, compute)).containsExactly(key);
        assertThat(computed).containsExactly("a", "b", "c", "b");
    }

    @Test
    void theFirstOfTwoThatComputeTheSameIsEverybodys() {
        List<String> first = new ArrayList<>(), second = new ArrayList<>();
        assertThat(memo.keep("a", first)).isSameAs(first);
        assertThat(memo.keep("a", second)).isSameAs(first);
        assertThat(memo.find("a")).isSameAs(first);
        assertThat(memo.find("b")).isNull();
    }

    @Test
    void whatFailsIsComputedAgain() {
        assertThatThrownBy(() -> memo.get("a", key -> {
            throw new IllegalStateException(key);
        })).hasMessage("a");
        assertThat(memo.get("a", List::of)).containsExactly("a");
    }

    @Test
    void aCodecIsEnumeratedOnce() {
        Codec codec = Tir.library().packing("tri5r32").sections().getFirst().codec();
        assertThat(CodeBook.of(codec)).isSameAs(CodeBook.of(codec));
    }
}
