package tern.runtime.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tern.ir.text.IrException;
import tern.ir.text.Source;
import tern.runtime.grammar.Expression.Characters;
import tern.runtime.grammar.Expression.Range;

class GbnfTest {

    private static Automaton automaton(String grammar) {
        return new Automaton(new Program(GbnfParser.parse(new Source("g.gbnf", grammar))));
    }

    static boolean accepts(Automaton automaton, byte[] text) {
        Automaton.State state = automaton.start();
        for (byte b : text) {
            if (state.isOver()) return false;
            state = state.step(b & 0xff);
        }
        return state.mayEnd();
    }

    private static void assertAccepts(String grammar, String... texts) {
        for (String text : texts) assertThat(accepts(automaton(grammar), text.getBytes(StandardCharsets.UTF_8))).as("%s: %s", grammar, text).isTrue();
    }

    private static void assertRejects(String grammar, String... texts) {
        for (String text : texts) assertThat(accepts(automaton(grammar), text.getBytes(StandardCharsets.UTF_8))).as("%s: %s", grammar, text).isFalse();
    }

    @Test
    void textsAlternativesAndRepetition() {
        assertAccepts("root ::= \"ab\" | \"c\"", "ab", "c");
        assertRejects("root ::= \"ab\" | \"c\"", "", "a", "abc", "cc");
        assertAccepts("root ::= \"a\"* \"b\"+ \"c\"?", "b", "aabb", "abbc");
        assertRejects("root ::= \"a\"* \"b\"+ \"c\"?", "", "a", "abcc");
        assertAccepts("root ::= (\"ab\"){2,3} \"c\"{2} \"d\"{1,}", "ababccd", "abababccddd");
        assertRejects("root ::= (\"ab\"){2,3} \"c\"{2} \"d\"{1,}", "abccd", "ababababccd", "ababcd", "ababccc", "ababcc");
        assertAccepts("root ::= \"a\"{0}\"b\"", "b");
        assertAccepts("root ::= \"\"", "");
        assertAccepts("root ::= (\"a\"?)* \"b\"", "b", "aaab");
    }

    @Test
    void rulesCommentsAndLines() {
        String grammar = """
                # sums
                root ::= term
                    | "-" term   # goes on behind |
                term ::= (
                    digit+
                    "." digit+
                ) | digit+
                digit ::= [0-9]
                """;
        assertAccepts(grammar, "1", "12.5", "-3");
        assertRejects(grammar, "", "1.", "--1");
        assertAccepts("\ufeffroot ::= \"foo\"\r\n # c\r\n       | \"bar\"\r\n\r\n| baz # d\r\nbaz ::= \"baz\"\r\n", "foo", "bar", "baz");
    }

    @Test
    void nestingIsFollowed() {
        String balanced = "root ::= \"(\" root \")\" root | \"\"";
        assertAccepts(balanced, "", "()", "(()())()");
        assertRejects(balanced, "(", ")", "(()");
        String deep = "(".repeat(200) + ")".repeat(200), tooDeep = "(".repeat(300) + ")".repeat(300);
        assertAccepts(balanced, deep);
        assertRejects(balanced, tooDeep);
        assertAccepts("root ::= \"a\" root | \"b\"", "a".repeat(5000) + "b"); // ends with itself: no stack
    }

    @Test
    void charactersAreUtf8() {
        assertAccepts("root ::= [^\"\\\\x]+", "a", "\u00e9\u4e2d\ud83d\ude00");
        assertRejects("root ::= [^\"\\\\x]+", "x", "\"", "\\");
        assertAccepts("root ::= [\u00e9-\u4e2d\\U0001F600-\\U0001F64F] \"\\u00e9\" \"\\x41\"", "\u0100\u00e9A", "\ud83d\ude42\u00e9A");
        assertRejects("root ::= [\u00e9-\u4e2d\\U0001F600-\\U0001F64F]", "\u00e8", "\u4e2e", "\ud83d\ude80");
        assertAccepts("root ::= [a\\-\\]^]*", "a-]^");
        assertAccepts("root ::= [-a]*", "a-");
        assertAccepts("root ::= .", "\n", "\ud83d\ude00");
        Automaton any = automaton("root ::= .*");
        for (byte[] malformed : new byte[][] {{(byte) 0x80}, {(byte) 0xc0, (byte) 0x80}, {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
            {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80}})
            assertThat(accepts(any, malformed)).isFalse();
    }

    /// Every code point near a boundary, against the ranges themselves.
    @Test
    void rangesOfCharactersAreExact() {
        int[] edges = {0, 0x20, 0x7f, 0x80, 0xbf, 0x7ff, 0x800, 0xfff, 0x1000, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x3ffff, 0x40000, 0x100000, 0x10ffff};
        for (int first : edges)
            for (int last : edges) {
                if (last < first) continue;
                for (boolean negated : new boolean[] {false, true}) {
                    var characters = new Characters(java.util.List.of(new Range(first, last)), negated);
                    var automaton =
                            new Automaton(new Program(new Rules(java.util.Map.of("root", characters), (_, problem) -> new IllegalArgumentException(problem))));
                    for (int edge : edges)
                        for (int c = Math.max(0, edge - 1); c <= Math.min(0x10ffff, edge + 1); c++) {
                            if (c >= 0xd800 && c < 0xe000) continue;
                            boolean expected = c >= first && c <= last != negated;
                            if (negated) expected = c < first || c > last;
                            assertThat(accepts(automaton, Character.toString(c).getBytes(StandardCharsets.UTF_8)))
                                    .as("%x in %x..%x, negated %s", c, first, last, negated).isEqualTo(expected);
                        }
                }
            }
    }

    private static void assertWrong(String grammar, String place, String problem) {
        assertThatThrownBy(() -> Grammar.ofGbnf(new Source("g.gbnf", grammar))).as(problem).isInstanceOf(IrException.class)
                .hasMessageStartingWith("g.gbnf:" + place + ": ").hasMessageContaining(problem);
    }

    @Test
    void mistakesAreShownWhereTheyAre() {
        assertWrong("", "1:1", "no rule is named 'root'");
        assertWrong("a ::= \"x\"", "1:1", "no rule is named 'root'");
        assertWrong("root = \"x\"", "1:6", "expected ::=");
        assertWrong("root ::= \"x", "1:10", "this text is not closed");
        assertWrong("root ::= [a-", "1:10", "this bracket is not closed");
        assertWrong("root ::= []", "1:10", "no character is in this");
        assertWrong("root ::= [z-a]", "1:11", "a range that ends before it begins");
        assertWrong("root ::= \"a\" (\"b\"\n\"c\"", "1:14", "this parenthesis is not closed");
        assertWrong("root ::= \"a\" )", "1:14", "expected the end of the rule");
        assertWrong("root ::= \"\\q\"", "1:11", "after the backslash");
        assertWrong("root ::= \"\\u12\"", "1:11", "expected 4 hexadecimal digits");
        assertWrong("root ::= \"\\ud800\"", "1:11", "no character has this number");
        assertWrong("root ::= \"a\"{3,2}", "1:13", "at most 2 and at least 3");
        assertWrong("root ::= \"a\"{x}", "1:13", "expected {m}, {m,} or {m,n}");
        assertWrong("root ::= \"a\"{999999}", "1:14", "more than 100000 repetitions");
        assertWrong("root ::= b\nb ::= other", "2:7", "no rule is named 'other'");
        assertWrong("root ::= \"a\"\nroot ::= \"b\"", "2:1", "a second rule named 'root'");
        assertWrong("root ::= " + "(".repeat(200), "1:110", "nested deeper than 100");
    }

    @Test
    void leftRecursionIsRefused() {
        assertWrong("root ::= root \"a\" | \"b\"", "1:1", "begins with itself");
        assertWrong("root ::= \"x\" a\na ::= b\nb ::= \"y\"? a \"z\"", "2:1", "begins with itself");
        assertWrong("root ::= a\na ::= a", "2:1", "begins with itself");
        assertWrong("root ::= (\"a\"* \"\") root", "1:1", "begins with itself");
        assertAccepts("root ::= \"a\" root | \"b\"", "aab");
    }

    @Test
    void whatIsTooLargeIsRefused() {
        assertWrong("root ::= " + "\"ab\"{10000} ".repeat(110), "1:1", "too large");
        assertWrong("root ::= " + "(\"a\" ".repeat(6000) + ")".repeat(6000), "1:510", "nested deeper than 100");
        assertWrong("root ::= (\"a\"{0,5000}){0,5000}", "1:23", "more than 100000 repetitions");
        assertWrong("root ::= \"x\"? a\na ::= (\"a\"{0,5000} \"b\"?){0,5000}", "2:1", "too ambiguous");
    }

    @Test
    void longChainsNeedNoStack() {
        var chain = new StringBuilder("root ::= r0\n");
        for (int i = 0; i < 40_000; i++) chain.append("r%d ::= r%d\n".formatted(i, i + 1));
        assertAccepts(chain + "r40000 ::= \"a\" | \"\"", "", "a");
        assertWrong(chain + "r40000 ::= \"a\" | r7", "9:1", "begins with itself");
    }

    @Test
    void alternativesThatBeginAlikeAreReadOnce() {
        String many = IntStream.range(0, 20_000).mapToObj(i -> "\"prefix of word %d\"".formatted(i)).collect(Collectors.joining(" | ", "root ::= ", ""));
        assertAccepts(many, "prefix of word 7", "prefix of word 19999");
        assertRejects(many, "prefix of word ", "prefix of word 20000", "prefix of word 077");
        assertAccepts("root ::= x \"a\" | x \"b\" | x | \"\"\nx ::= \"y\"*", "", "yya", "b", "yy");
    }

    @Test
    void repetitionsOfRepetitionsAreOne() {
        assertAccepts("root ::= ((\"a\"{0,3}){0,2})? \"b\"", "b", "aaaaaab");
        assertRejects("root ::= ((\"a\"{0,3}){0,2})? \"b\"", "aaaaaaab");
        assertAccepts("root ::= ((\"a\"*)*)+ \"b\"", "b", "aaaab");
        assertAccepts("root ::= (\"a\"{2,3}){0,2}", "", "aa", "aaaaa", "aaaaaa");
        assertRejects("root ::= (\"a\"{2,3}){0,2}", "a", "aaaaaaa");
    }

    @Test
    void whatCannotEndIsNotBegun() {
        assertThat(automaton("root ::= \"a\" | \"b\" never\nnever ::= \"c\" never").start().step('b').isOver()).isTrue();
        assertAccepts("root ::= \"a\" | \"b\" never\nnever ::= \"c\" never", "a");
    }
}
