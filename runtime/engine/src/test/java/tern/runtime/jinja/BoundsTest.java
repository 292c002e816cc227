package tern.runtime.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A template from a stranger ends, with a text or with one line, whatever it is.
class BoundsTest {

    private static Text render(String template, Map<String, Value> names) {
        return Template.parse(template, () -> TemplateTest.NOW).render(names);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(s='x') %}{% for a in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for a in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(n=3) %}{% for a in range(99) %}{% set ns.n = ns.n * ns.n %}{% endfor %}",
        "{% set ns = namespace(l=[]) %}{% for a in range(999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(l=[]) %}{% for a in range(999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l | tojson }}",
        "{% set ns = namespace(l=[]) %}{% for a in range(999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l == [ns.l] }}",
        "{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}", "{% macro f(n) %}{{ f(n) }}{{ f(n) }}{% endmacro %}{{ f(1) }}",
        "{{ 'a' * 9999999999 }}", "{{ 10 ** 9999999 }}", "{{ 2 ** 99999 }}", "{{ '%999999999s' % 'a' }}", "{{ 'a' | indent(999999999) }}",
        "{{ ('a' * 100000).replace('a', 'b' * 100000) }}", "{{ ('a' * 4000000).find('a' * 2000000 + 'b') }}",
        "{{ ('a' * 1000000).split('a') | join('b' * 1000) }}", "{{ 'x'.zfill(999999999) }}", "{{ [1] * 999999999 }}",
    })
    void whatWouldNotEndIsOneLine(String template) {
        assertThatThrownBy(() -> render(template, Map.of())).isInstanceOf(JinjaException.class).message().startsWith("line 1: ").doesNotContain("\n");
    }

    @Test
    void textsThatAreNestedTooDeepAreOneLine() {
        for (String[] part : new String[][] {{"(", ")"}, {"[", "]"}, {"not ", ""}, {"-", ""}, {"{'a': ", "}"}, {"f(", ")"}, {"1 + ", ""}, {"1 if ", ""}})
            assertThatThrownBy(() -> render("{{ " + part[0].repeat(50_000) + "1" + part[1].repeat(50_000) + " }}", Map.of())).as(part[0])
                    .isInstanceOf(JinjaException.class);
        assertThatThrownBy(() -> render("{% if 1 %}".repeat(50_000), Map.of())).isInstanceOf(JinjaException.class);
        assertThatThrownBy(() -> render("{{ 'a'" + "|trim".repeat(50_000) + " }}", Map.of())).isInstanceOf(JinjaException.class);
    }

    @Test
    void nothingOfJavaIsReached() {
        for (String template : List.of("{{ ''.getClass() }}", "{{ m.getClass() }}", "{{ m.class.x }}", "{{ ''.__class__.__mro__ }}",
                "{% include '/etc/passwd' %}",
                "{% import 'x' as y %}", "{% extends 'x' %}", "{{ m.clear() }}", "{{ [].append(1) }}", "{{ self.x }}", "{{ range.__globals__.x }}"))
            assertThatThrownBy(() -> render(template, Map.of("m", new Value.Table(Map.of("a", Text.of("b")))))).as(template).isInstanceOf(JinjaException.class);
    }

    @Test
    void anyTextEndsWithAnAnswerOrOneLine() {
        String[] parts =
                ("{{ }} {% %} {%- -%} {# #} if else endif for endfor in x set endset macro endmacro f ( ) [ ] { } , . : | ~ + - * / // % ** == != < > = 'a' \" "
                        + "'b 1 2.5 not and or is none true x trim tojson default length range loop namespace raw endraw \n \\ $ é 🙂").split(" ");
        var random = new SplittableRandom(7);
        var names = new HashMap<String, Value>(Map.of("x", Value.Items.list(List.of(Text.of("a"), Value.Int.of(3)))));
        int written = 0;
        for (int i = 0; i < 20_000; i++) {
            var text = new StringBuilder();
            boolean inTag = random.nextBoolean();
            if (inTag) text.append("{{ ");
            for (int j = random.nextInt(12); j >= 0; j--) text.append(parts[random.nextInt(parts.length)]).append(random.nextInt(4) == 0 ? "" : " ");
            if (inTag) text.append(" }}");
            try {
                render(text.toString(), names);
                written++;
            } catch (JinjaException e) {
                assertThat(e.getMessage()).as(text.toString()).startsWith("line ").doesNotContain("\n");
            }
        }
        assertThat(written).isGreaterThan(500);
    }

    @Test
    void charactersKnowWhoWroteThem() {
        Text text = render("<{{ a | trim | upper }}>{{ [a] | join }}{{ a[2:4] ~ 'x' }}{{ {'k': a} | tojson }}", Map.of("a", Text.input(" ab<>", 3)));
        assertThat(text.toString()).isEqualTo("<AB<>> ab<>b<x{\"k\": \" ab<>\"}");
        var origins = new StringBuilder();
        for (int i = 0; i < text.length(); i++) origins.append(text.origin(i));
        assertThat(origins.toString()).isEqualTo("0" + "3333" + "0" + "33333" + "33" + "0" + "0" + "010" + "00" + "0" + "33333" + "00");
    }
}
