package tern.runtime.cli.chat;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tern.runtime.chat.Message;
import tern.runtime.chat.Message.Role;
import tern.runtime.cli.console.Texts;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A model behind a server. The conversation is kept here, and sent whole with each message.
final class ServerPartner implements Partner {

    private final ServerClient server;
    private final ObjectNode request;
    private final List<Message> messages = new ArrayList<>();
    private int fed, kept, made;

    private final Object turn = new Object();
    private @Nullable Thread answering;

    /// @param request model, sampling and limits, as each request has them
    ServerPartner(ServerClient server, ObjectNode request) {
        this.server = server;
        this.request = request.put("stream", true);
        request.putObject("stream_options").put("include_usage", true);
    }

    @Override
    public List<Message> messages() {
        return List.copyOf(messages);
    }

    @Override
    public void system(String text) {
        if (!messages.isEmpty() && messages.getFirst().role() == Role.SYSTEM) messages.removeFirst();
        if (!text.isBlank()) messages.addFirst(new Message(Role.SYSTEM, text));
    }

    @Override
    public void reset() {
        messages.removeIf(message -> message.role() != Role.SYSTEM);
    }

    @Override
    public void load(List<Message> all) {
        messages.clear();
        messages.addAll(all);
    }

    @Override
    public void interrupt() {
        synchronized (turn) {
            if (answering != null) answering.interrupt();
        }
    }

    @Override
    public String answer(String message, Consumer<String> parts, Consumer<String> notes) throws IOException {
        ObjectNode asked = request.deepCopy();
        ArrayNode list = asked.putArray("messages");
        for (Message one : messages) list.addObject().put("role", one.role().label()).put("content", one.text());
        list.addObject().put("role", Role.USER.label()).put("content", message);
        var answer = new Answer(parts);
        boolean interrupted = !heard(asked, answer);
        if (interrupted && answer.text.isEmpty()) return answer.facts(true);
        if (!interrupted && answer.reason.isEmpty()) throw new IOException(server.base() + ": the stream ended before the answer did");
        messages.add(new Message(Role.USER, message));
        messages.add(new Message(Role.ASSISTANT, answer.text.toString()));
        fed += answer.fed;
        kept += answer.kept;
        made += answer.made;
        return answer.facts(interrupted);
    }

    /// @return false if it was interrupted
    private boolean heard(ObjectNode asked, Answer answer) throws IOException {
        synchronized (turn) {
            answering = Thread.currentThread();
        }
        try {
            server.chat(asked, answer::take);
            return true;
        } catch (InterruptedIOException e) {
            return false;
        } finally {
            synchronized (turn) {
                answering = null;
                Thread.interrupted(); // what came too late
            }
        }
    }

    @Override
    public String totals() {
        return "%s; %s fed, %d kept, %d generated; %s".formatted(Partner.said(messages), Texts.count(fed, "prompt token"), kept, made, server.base());
    }

    /// An answer as its events come.
    private static final class Answer {

        private final Consumer<String> parts;
        private final StringBuilder text = new StringBuilder();
        private final long start = System.nanoTime();
        private long first;
        private int fed, kept, made;
        private String reason = "";

        Answer(Consumer<String> parts) {
            this.parts = parts;
        }

        void take(JsonNode event) {
            String part = event.at("/choices/0/delta/content").asString("");
            if (!part.isEmpty()) {
                if (text.isEmpty()) first = System.nanoTime();
                text.append(part);
                parts.accept(part);
            }
            reason = event.at("/choices/0/finish_reason").asString(reason);
            JsonNode usage = event.path("usage");
            if (usage.isObject()) {
                kept = usage.at("/prompt_tokens_details/cached_tokens").asInt(0);
                fed = usage.path("prompt_tokens").asInt(kept) - kept;
                made = usage.path("completion_tokens").asInt(0);
            }
        }

        String facts(boolean interrupted) {
            if (interrupted) return "interrupted";
            long now = System.nanoTime();
            double wait = ((first == 0 ? now : first) - start) * 1e-9, rest = first == 0 ? 0 : (now - first) * 1e-9;
            return String.format(Locale.ROOT, "%s (%d kept), first text after %.2f s; %s in %.2f s%s; %s",
                    Texts.count(fed, "prompt token"), kept, wait, Texts.count(made, "token"), rest, Partner.rate(Math.max(0, made - 1), rest), reason);
        }
    }
}
