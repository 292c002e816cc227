package tern.runtime.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import tern.runtime.chat.ChatTemplate.Piece;
import tern.runtime.chat.Message.Role;
import tern.runtime.tokenizer.Tokenizer;
import tools.jackson.databind.JsonNode;

/// A [ChatTemplate] in the tokens of a model.
///
/// Special tokens come from the template alone, as ids; messages are encoded as plain text. Only Falcon3's markers may be plain text
/// themselves, where the vocabulary lacks them as tokens: there, a user can write them too.
final class WrittenFormat extends ChatFormat {

    private final ChatTemplate template;

    /// @throws IllegalArgumentException if the vocabulary lacks a special token without which the template means nothing
    WrittenFormat(ChatTemplate template, Tokenizer tokenizer) {
        super(tokenizer);
        this.template = template;
        if (template == ChatTemplate.FALCON3) return;
        Optional<String> missing = template.markers().stream().filter(name -> !isToken(name)).findFirst();
        if (missing.isPresent())
            throw new IllegalArgumentException("template %s: the model's vocabulary has no token %s".formatted(template.label(), missing.get()));
    }

    @Override
    public String label() {
        return template.label();
    }

    private boolean isToken(String marker) {
        return tokenizer.specials().containsKey(marker);
    }

    @Override
    int[] prompt(List<Turn> turns, Functions functions, Map<String, JsonNode> values) {
        var pieces = new ArrayList<Piece>();
        for (Turn turn : functions.inWords(turns)) {
            Role role = turn.message().role();
            pieces.addAll(template.before(role));
            pieces.add(content(turn));
            pieces.addAll(template.after(role));
        }
        pieces.addAll(template.before(Role.ASSISTANT));
        return encode(pieces);
    }

    private Piece content(Turn turn) {
        if (turn.generated() != null) return new Piece.Ids(turn.generated());
        String text = turn.message().text();
        return new Piece.Text(template.trims() ? text.strip() : text);
    }

    /// Neighbouring texts are one: a word may begin in the template and end in a message.
    private int[] encode(List<Piece> pieces) {
        var ids = IntStream.builder();
        if (template.begins()) tokenizer.bos().ifPresent(ids);
        var text = new StringBuilder();
        for (Piece piece : pieces)
            switch (piece) {
            case Piece.Text(var more) -> text.append(more);
            case Piece.Marker(var name) when !isToken(name) -> text.append(name);
            case Piece.Marker(var name) -> {
                flush(text, ids);
                ids.add(tokenizer.special(name));
            }
            case Piece.Ids(var made) -> {
                flush(text, ids);
                IntStream.of(made).forEach(ids);
            }
            }
        flush(text, ids);
        return ids.build().toArray();
    }

    private void flush(StringBuilder text, IntStream.Builder ids) {
        if (text.isEmpty()) return;
        IntStream.of(tokenizer.encode(text.toString())).forEach(ids);
        text.setLength(0);
    }

    @Override
    public Set<Integer> stops() {
        var stops = new TreeSet<Integer>(tokenizer.stops());
        if (isToken(template.end())) stops.add(tokenizer.special(template.end()));
        return Collections.unmodifiableSet(stops);
    }

    @Override
    public List<String> stopTexts() {
        return template.markers().stream().filter(name -> !isToken(name)).toList();
    }
}
