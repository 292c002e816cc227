package tern.runtime.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.runtime.ModelException;
import tern.runtime.chat.Message;
import tern.runtime.chat.Message.Role;

class ConversationFileTest {

    @TempDir
    Path folder;

    @Test
    void whatWasSavedIsLoaded() throws IOException {
        Path file = folder.resolve("talk.json");
        List<Message> talk = List.of(
                new Message(Role.SYSTEM, ""), new Message(Role.USER, "a\n\"b\" \u4e2d\ud83d\ude00"), new Message(Role.ASSISTANT, "<|eot_id|>"));
        Files.writeString(file, "old");
        ConversationFile.write(file, talk);
        assertThat(ConversationFile.read(file)).isEqualTo(talk);
        assertThat(folder).isDirectoryNotContaining(other -> !other.equals(file));
        ConversationFile.write(file, List.of());
        assertThat(ConversationFile.read(file)).isEmpty();
    }

    private void assertRefused(String json, String message) throws IOException {
        Path file = Files.writeString(folder.resolve("wrong.json"), json);
        assertThatThrownBy(() -> ConversationFile.read(file)).isInstanceOf(ModelException.class).hasMessageContaining(message)
                .hasMessageContaining("wrong.json");
    }

    @Test
    void whatIsNoConversationIsRefused() throws IOException {
        assertRefused("[]", "found no object");
        assertRefused("{\"messages\": [", "malformed JSON");
        assertRefused("{}", "key 'messages': found no such key");
        assertRefused("{\"messages\": [7]}", "message 0: found no object");
        assertRefused("{\"messages\": [{\"role\": \"tool\", \"content\": \"\"}]}", "'messages[0].role': found 'tool', expected system, user or assistant");
        assertRefused("{\"messages\": [{\"role\": \"user\"}]}", "'messages[0].content': found no such key");
        assertRefused("{\"messages\": [{\"role\": \"assistant\", \"content\": \"\"}]}", "found assistant, expected user: they take turns");
        assertRefused("{\"messages\": [{\"role\": \"user\", \"content\": \"\"}, {\"role\": \"system\", \"content\": \"\"}]}",
                "found system, expected assistant");
        assertRefused("{\"messages\": [{\"role\": \"user\", \"content\": \"\"}]}", "the last one is the user's");
        assertThatThrownBy(() -> ConversationFile.read(folder.resolve("none.json"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ConversationFile.write(folder.resolve("no/such.json"), List.of())).isInstanceOf(NotDirectoryException.class);
    }
}
