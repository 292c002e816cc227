package tern.runtime.chat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tern.runtime.chat.Message.Role;
import tern.runtime.tokenizer.Tokenizer;

/// How the turns of a conversation are set in text and special tokens where a model's files do not say it. An answer is asked for by what
/// stands before a turn of the assistant; results of functions stand in turns of the user.
public enum ChatTemplate {

    /// BitNet b1.58 2B4T. Source: its report, 3.2.2, without line breaks between the turns, as the template in the `tokenizer_config.json`
    /// of the checkpoint joins them. The published GGUF has another one, see [#isMadeUp]; for it, this one is taken.
    BITNET("bitnet", true, true, "<|eot_id|>"),

    /// Llama 3 Instruct. Source: meta-llama/llama3 `llama/tokenizer.py`, `ChatFormat`. What Llama 3.1 puts before the first turn (dates,
    /// tools) is not written.
    LLAMA3("llama3", true, true, "<|eot_id|>"),

    /// Falcon3 Instruct. Source: `tokenizer_config.json` of tiiuae/Falcon3-7B-Instruct, without tools.
    FALCON3("falcon3", false, false, "<|endoftext|>"),

    /// Turns between `<|im_start|>` and `<|im_end|>`. Source: openai-python `chatml.md`.
    CHATML("chatml", false, false, "<|im_end|>"),

    /// For models that only continue texts: an answer follows the text at once, and a line break follows the answer.
    NONE("none", true, false, "");

    /// A part of a conversation as a template writes it.
    sealed interface Piece {
        /// A special token where the vocabulary has it.
        record Marker(String name) implements Piece {}

        record Text(String text) implements Piece {}

        /// What the model made.
        record Ids(int[] ids) implements Piece {}
    }

    private final String label, end;
    private final boolean begins, trims;

    ChatTemplate(String label, boolean begins, boolean trims, String end) {
        this.label = label;
        this.begins = begins;
        this.trims = trims;
        this.end = end;
    }

    public String label() {
        return label;
    }

    /// Whether the token that begins a text stands first.
    boolean begins() {
        return begins;
    }

    /// Whether white space around a message goes.
    boolean trims() {
        return trims;
    }

    /// The special token that ends an answer; empty if none does.
    String end() {
        return end;
    }

    List<Piece> before(Role role) {
        return switch (this) {
            case BITNET -> List.of(text(switch (role) {
                case SYSTEM -> "System: ";
                case USER, TOOL -> "User: ";
                case ASSISTANT -> "Assistant: ";
            }));
            case LLAMA3 -> List.of(marker("<|start_header_id|>"), text(role.label()), marker("<|end_header_id|>"), text("\n\n"));
            case FALCON3 -> List.of(marker("<|" + role.label() + "|>"), text("\n"));
            case CHATML -> List.of(marker("<|im_start|>"), text(role.label() + "\n"));
            case NONE -> List.of();
        };
    }

    List<Piece> after(Role role) {
        return switch (this) {
            case BITNET, LLAMA3 -> List.of(marker(end));
            case FALCON3 -> role == Role.ASSISTANT ? List.of(marker(end), text("\n")) : List.of(text("\n"));
            case CHATML -> List.of(marker(end), text("\n"));
            case NONE -> role == Role.USER ? List.of() : List.of(text("\n"));
        };
    }

    private static Piece marker(String name) {
        return new Piece.Marker(name);
    }

    private static Piece text(String text) {
        return new Piece.Text(text);
    }

    /// Names of all special tokens that it writes.
    List<String> markers() {
        return Stream.of(Role.SYSTEM, Role.USER, Role.ASSISTANT)
                .flatMap(role -> Stream.concat(before(role).stream(), after(role).stream()))
                .flatMap(piece -> piece instanceof Piece.Marker(var name) ? Stream.of(name) : Stream.empty())
                .distinct()
                .toList();
    }

    // ---- which one ----

    /// All by name.
    public static Map<String, ChatTemplate> byName() {
        return Arrays.stream(values()).collect(Collectors.toMap(ChatTemplate::label, t -> t, (a, _) -> a, java.util.TreeMap::new));
    }

    /// The template of a model whose files have none, by its vocabulary: ChatML by its tokens, 2B4T's by its architecture and the token that
    /// ends its turns; all others only continue texts.
    ///
    /// @param architecture as GGUF files name it
    public static ChatTemplate of(String architecture, Tokenizer tokenizer) {
        var names = tokenizer.specials().keySet();
        if (names.containsAll(CHATML.markers())) return CHATML;
        boolean is2B4T = architecture.equals("bitnet-b1.58") || architecture.equals("bitnet-25");
        return is2B4T && names.containsAll(BITNET.markers()) ? BITNET : NONE;
    }

    /// Whether a model's template is that of the published 2B4T GGUF: its converter made it up, and the model was not trained on it.
    public static boolean isMadeUp(String jinja) {
        return jinja.contains("BITNETAssistant");
    }
}
