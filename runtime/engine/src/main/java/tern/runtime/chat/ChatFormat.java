package tern.runtime.chat;

import java.io.IOException;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tern.runtime.model.ModelSource;
import tern.runtime.tokenizer.Tokenizer;
import tools.jackson.databind.JsonNode;

/// How the conversations of a model become token ids: by the template in its files, else by one that is written here. For any number of
/// threads.
public abstract sealed class ChatFormat permits WrittenFormat, JinjaFormat {

    final Tokenizer tokenizer;

    ChatFormat(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /// That of a model.
    ///
    /// @param values that the template in the model's files sees in addition to the messages, e.g. `enable_thinking`
    /// @throws tern.runtime.ModelException if that template is none that can be run
    public static ChatFormat of(ModelSource source, Map<String, JsonNode> values) throws IOException {
        Tokenizer tokenizer = source.tokenizer();
        Optional<String> jinja = source.chatTemplate().filter(text -> !ChatTemplate.isMadeUp(text));
        if (jinja.isEmpty()) return of(ChatTemplate.of(source.config().architecture(), tokenizer), tokenizer);
        return new JinjaFormat(source.name(), jinja.get(), source.templateTokens(), values, tokenizer, LocalDateTime::now);
    }

    /// A template that is written here.
    ///
    /// @throws IllegalArgumentException if the vocabulary lacks a special token without which the template means nothing
    public static ChatFormat of(ChatTemplate template, Tokenizer tokenizer) {
        return new WrittenFormat(template, tokenizer);
    }

    /// Name of the template; `jinja` for one of the model's files.
    public abstract String label();

    /// Ids after which the model answers.
    public final int[] promptOf(List<Message> messages) {
        return promptOf(messages, Functions.NONE, Map.of());
    }

    /// @param functions that the model is told of
    /// @param values    that a template in the model's files sees
    /// @throws IllegalArgumentException if the template refuses the messages
    public final int[] promptOf(List<Message> messages, Functions functions, Map<String, JsonNode> values) {
        return prompt(messages.stream().map(message -> new Turn(message, null)).toList(), functions, values);
    }

    abstract int[] prompt(List<Turn> turns, Functions functions, Map<String, JsonNode> values);

    /// Ids that end an answer: the model's own, and the template's.
    public abstract Set<Integer> stops();

    /// Texts that end an answer: markers that are no tokens.
    public abstract List<String> stopTexts();
}
