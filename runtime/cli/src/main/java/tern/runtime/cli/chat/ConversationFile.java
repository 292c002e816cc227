package tern.runtime.cli.chat;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tern.ir.store.WholeFile;
import tern.runtime.ModelException;
import tern.runtime.chat.Message;
import tern.runtime.chat.Message.Role;
import tern.runtime.json.JsonTree;
import tools.jackson.databind.json.JsonMapper;

/// A conversation as JSON: `{"messages": [{"role": "user", "content": "..."}, ...]}`.
final class ConversationFile {

    private static final long LONGEST = 1 << 26;

    private ConversationFile() {}

    static void write(Path file, List<Message> messages) throws IOException {
        var root = JsonMapper.shared().createObjectNode();
        var list = root.putArray("messages");
        for (Message message : messages) list.addObject().put("role", message.role().label()).put("content", message.text());
        WholeFile.write(file, (JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n").getBytes(UTF_8));
    }

    /// @throws ModelException if it is no conversation: perhaps a system message, then user and assistant in turn, the assistant last
    static List<Message> read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) throw new IllegalArgumentException(file + ": no such file");
        var messages = new ArrayList<Message>();
        boolean user = true;
        for (JsonTree one : JsonTree.read(file, LONGEST).list("messages")) {
            if (!one.node().isObject()) throw new ModelException(file.toString(), "message " + messages.size(), "found no object");
            String label = one.text("role");
            Role role = Role.of(label).filter(other -> other != Role.TOOL)
                    .orElseThrow(() -> one.wrong("role", "found '%s', expected system, user or assistant".formatted(label)));
            boolean isFirstSystem = role == Role.SYSTEM && messages.isEmpty();
            Role expected = user ? Role.USER : Role.ASSISTANT;
            if (!isFirstSystem && role != expected)
                throw one.wrong("role", "found %s, expected %s: they take turns".formatted(role.label(), expected.label()));
            if (!isFirstSystem) user = !user;
            messages.add(new Message(role, one.text("content")));
        }
        if (!user) throw new ModelException(file.toString(), "messages", "the last one is the user's, expected an answer to it");
        return messages;
    }
}
