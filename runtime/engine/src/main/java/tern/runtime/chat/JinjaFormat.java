package tern.runtime.chat;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import tern.runtime.ModelException;
import tern.runtime.chat.Message.Role;
import tern.runtime.jinja.JinjaException;
import tern.runtime.jinja.Template;
import tern.runtime.jinja.Text;
import tern.runtime.jinja.Value;
import tern.runtime.tokenizer.Tokenizer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The template in a model's files, run on each conversation.
///
/// Names of special tokens become those tokens where the template wrote them; a user's are text. What the model made itself is found again
/// by the origin of its characters and stays the ids that it was; a template that cuts it (an earlier answer's thoughts) has it encoded anew.
final class JinjaFormat extends ChatFormat {

    private static final JsonMapper MAPPER = new JsonMapper();

    /// Origin of the first text that the model made.
    private static final int MADE = 2;

    private final String file;
    private final Template template;
    private final boolean takesFunctions;
    private final Map<String, String> tokens;
    private final Map<String, JsonNode> values;
    /// Names of special tokens by their first character, the longest first.
    private final Map<Integer, List<String>> names = new HashMap<>();
    private final Set<Integer> stops;

    /// @param file   for messages
    /// @param tokens special tokens that the template may name, e.g. `bos_token`
    /// @param clock  for templates that write the date
    /// @throws ModelException if the template cannot be run
    JinjaFormat(String file, String jinja, Map<String, String> tokens, Map<String, JsonNode> values, Tokenizer tokenizer, Supplier<LocalDateTime> clock) {
        super(tokenizer);
        this.file = file;
        this.tokens = Map.copyOf(tokens);
        this.values = Map.copyOf(values);
        takesFunctions = jinja.contains("tools");
        try {
            template = Template.parse(jinja, clock);
        } catch (JinjaException e) {
            throw new ModelException(file, "chat template",
                    e.getMessage() + "; --template names one of Tern's: " + String.join(", ", ChatTemplate.byName().keySet()));
        }
        for (Map.Entry<String, Integer> one : tokenizer.specials().entrySet())
            if (!one.getKey().isEmpty() && tokenizer.decode(one.getValue()).length == 0) // the others are tokens in any text
                names.computeIfAbsent(one.getKey().codePointAt(0), _ -> new ArrayList<>()).add(one.getKey());
        names.values().forEach(all -> all.sort(Comparator.comparingInt(String::length).reversed()));
        var all = new TreeSet<>(tokenizer.stops());
        end().ifPresent(all::add);
        stops = Collections.unmodifiableSet(all);
    }

    @Override
    public String label() {
        return "jinja";
    }

    @Override
    public Set<Integer> stops() {
        return stops;
    }

    @Override
    public List<String> stopTexts() {
        return List.of();
    }

    @Override
    int[] prompt(List<Turn> turns, Functions functions, Map<String, JsonNode> more) {
        List<Turn> shown = takesFunctions ? turns : functions.inWords(turns);
        try {
            return encode(written(shown, takesFunctions ? functions : Functions.NONE, more, true), shown);
        } catch (JinjaException e) {
            throw new IllegalArgumentException(file + ": chat template: " + e.getMessage(), e);
        }
    }

    // ---- what the template sees ----

    private Text written(List<Turn> turns, Functions functions, Map<String, JsonNode> more, boolean asks) {
        var all = new HashMap<String, Value>();
        tokens.forEach((name, text) -> all.put(name, Text.of(text)));
        values.forEach((name, value) -> all.put(name, Value.of(value)));
        more.forEach((name, value) -> all.put(name, Value.of(value)));
        var messages = new ArrayList<Value>();
        for (int i = 0; i < turns.size(); i++) messages.add(message(turns.get(i), MADE + i));
        all.put("messages", Value.Items.list(messages));
        all.put("tools", functions.isEmpty() ? Value.None.NONE : Value.of(functions.described()));
        all.put("documents", Value.None.NONE);
        all.put("add_generation_prompt", new Value.Bool(asks));
        return template.render(all);
    }

    private static Value message(Turn turn, int origin) {
        Message message = turn.message();
        boolean isMade = turn.generated() != null && origin <= Text.ORIGINS;
        var all = new LinkedHashMap<String, Value>();
        all.put("role", Text.of(message.role().label()));
        all.put("content", Text.input(message.text(), isMade ? origin : 1));
        if (!message.calls().isEmpty()) all.put("tool_calls", Value.Items.list(message.calls().stream().map(JinjaFormat::call).toList()));
        return new Value.Table(all);
    }

    private static Value call(Functions.Call call) {
        var function = new TreeMap<String, Value>(Map.of("name", Text.input(call.name()), "arguments", arguments(call.arguments())));
        return new Value.Table(new TreeMap<>(Map.of("type", Text.of("function"), "function", new Value.Table(function))));
    }

    /// An object, as transformers has it; what is none stays text.
    private static Value arguments(String json) {
        try {
            return Value.of(MAPPER.readTree(json));
        } catch (JacksonException e) {
            return Text.input(json);
        }
    }

    // ---- tokens ----

    private int[] encode(Text text, List<Turn> turns) {
        var ids = IntStream.builder();
        int done = 0;
        for (int at = 0; at < text.length();) {
            int end = text.origin(at) == 0 ? at + 1 : runEnd(text, at);
            Optional<String> name = text.origin(at) == 0 ? special(text, at) : Optional.empty();
            int[] made = text.origin(at) < MADE ? null : turns.get(text.origin(at) - MADE).generated();
            if (name.isPresent()) {
                plain(text, done, at, ids);
                ids.add(tokenizer.special(name.get()));
                at += name.get().codePointCount(0, name.get().length());
                done = at;
            } else if (made != null && isWhole(text.part(at, end), turns.get(text.origin(at) - MADE))) {
                plain(text, done, at, ids);
                IntStream.of(made).forEach(ids);
                at = end;
                done = at;
            } else at = end;
        }
        plain(text, done, text.length(), ids);
        return ids.build().toArray();
    }

    private static int runEnd(Text text, int begin) {
        int end = begin;
        while (end < text.length() && text.origin(end) == text.origin(begin)) end++;
        return end;
    }

    private static boolean isWhole(Text run, Turn turn) {
        return run.toString().strip().equals(turn.message().text().strip());
    }

    private Optional<String> special(Text text, int at) {
        String first = text.part(at, at + 1).toString();
        return names.getOrDefault(first.codePointAt(0), List.of()).stream().filter(name -> isAt(text, at, name)).findFirst();
    }

    private static boolean isAt(Text text, int at, String name) {
        int end = at + name.codePointCount(0, name.length());
        if (end > text.length() || !text.part(at, end).toString().equals(name)) return false;
        return IntStream.range(at, end).allMatch(i -> text.origin(i) == 0);
    }

    private void plain(Text text, int begin, int end, IntStream.Builder ids) {
        if (begin < end) IntStream.of(tokenizer.encode(text.part(begin, end).toString())).forEach(ids);
    }

    /// The special token that the template writes after an answer, if it does.
    private Optional<Integer> end() {
        List<Turn> turns = List.of(Turn.said(Role.USER, "u"), new Turn(new Message(Role.ASSISTANT, "a"), new int[0]));
        try {
            Text text = written(turns, Functions.NONE, Map.of(), false);
            int at = text.length();
            while (at > 0 && text.origin(at - 1) != MADE + 1) at--;
            for (int i = at; at > 0 && i < text.length(); i++) {
                Optional<String> name = special(text, i);
                if (name.isPresent()) return name.map(tokenizer::special);
            }
        } catch (JinjaException e) { // it will say so when it is asked for a prompt
        }
        return Optional.empty();
    }
}
