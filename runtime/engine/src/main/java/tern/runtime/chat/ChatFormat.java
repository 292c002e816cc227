package tern.runtime.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import tern.runtime.chat.ChatTemplate.Piece;
import tern.runtime.chat.Message.Role;
import tern.runtime.tokenizer.Tokenizer;

/// A [ChatTemplate] in the tokens of a model.
///
/// Special tokens come from the template alone, as ids; messages are encoded as plain text. Only Falcon3's markers may be plain text
/// themselves, where the vocabulary lacks them as tokens: there, a user can write them too.
public final class ChatFormat {

    private final ChatTemplate template;
    private final Tokenizer tokenizer;

    /// @throws IllegalArgumentException if the vocabulary lacks a special token without which the template means nothing
    public ChatFormat(ChatTemplate template, Tokenizer tokenizer) {
        this.template = template;
        this.tokenizer = tokenizer;
        if (template == ChatTemplate.FALCON3) return;
        Optional<String> missing = template.markers().stream().filter(name -> !isToken(name)).findFirst();
        if (missing.isPresent())
            throw new IllegalArgumentException("template %s: the model's vocabulary has no token %s".formatted(template.label(), missing.get()));
    }

    private boolean isToken(String marker) {
        return tokenizer.specials().containsKey(marker);
    }

    /// Ids behind which the model answers.
    public int[] promptOf(List<Message> messages) {
        return prompt(messages.stream().map(message -> new Turn(message, null)).toList());
    }

    int[] prompt(List<Turn> turns) {
        var pieces = new ArrayList<Piece>();
        for (Turn turn : turns) {
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

    /// Ids that end an answer: the model's own, and the template's.
    public Set<Integer> stops() {
        var stops = new TreeSet<Integer>(tokenizer.stops());
        if (isToken(template.end())) stops.add(tokenizer.special(template.end()));
        return Collections.unmodifiableSet(stops);
    }

    /// Texts that end an answer: markers that are no tokens.
    public List<String> stopTexts() {
        return template.markers().stream().filter(name -> !isToken(name)).toList();
    }
}
