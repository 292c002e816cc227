package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.SumsModel;

/// `tern chat` without a terminal, and what `tern run` shares with it.
class ChatCommandTest {

    @TempDir
    static Path folder;

    private static Path tiny, sums;

    private record Run(int status, String out, String err) {
        String output() {
            assertThat(status).as("%s%n%s", err, out).isZero();
            return out;
        }
    }

    @BeforeAll
    static void synthesise() throws IOException {
        tiny = folder.resolve("tiny.gguf");
        assertThat(run("", "synth", "--preset", "tiny", "--seed", 7, "--out", tiny).status()).isZero();
        sums = SumsModel.copy(folder);
    }

    private static Run run(String typed, Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)));
        try {
            int status = Main.run(
                    new PrintWriter(out, true), new PrintWriter(err, true), Arrays.stream(args).map(Object::toString).toArray(String[]::new));
            return new Run(status, out.toString().replace("\r\n", "\n"), err.toString().replace("\r\n", "\n"));
        } finally {
            System.setIn(before);
        }
    }

    private static Run chat(Path model, String typed, Object... more) {
        return run(typed, command("chat", model, more));
    }

    private static Object[] command(String name, Path model, Object... more) {
        return Stream.concat(Stream.of(name, "--model", model, "--cache", folder.resolve("cache"), "--threads", 1), Arrays.stream(more)).toArray();
    }

    @Test
    void aModelThatCanAddAnswersEachLine() throws IOException {
        List<String> questions = SumsModel.exam().first(2).questions().stream().map(q -> q.text()).toList();
        List<String> answers = SumsModel.exam().first(2).questions().stream().map(q -> q.answer()).toList();
        Run talk = chat(sums, questions.get(0) + "\n/reset\n" + questions.get(1) + "\n", "--temperature", 0);
        assertThat(talk.output()).isEqualTo(answers.get(0) + "\n" + answers.get(1) + "\n");
        assertThat(talk.err()).containsPattern("\\d+ prompt tokens \\(0 kept\\) in .* tokens? in .*; stop token").contains("conversation forgotten");
    }

    @Test
    void aConversationIsSavedAndLoaded() throws IOException {
        Path file = folder.resolve("talk.json");
        Object[] settings = {"--temperature", 0, "--tokens", 5};
        Run first = chat(tiny, "/system Short.\nabc\\\ndef\n/save " + file + "\n/stats\nmore\n", settings);
        assertThat(first.output().lines().count()).isGreaterThanOrEqualTo(2);
        assertThat(first.err()).contains("system message set", "saved in " + file, "3 messages, the system's among them; ");
        assertThat(Files.readString(file)).contains("\"Short.\"", "\"abc\\ndef\"", "\"assistant\"");
        Run second = chat(tiny, "/load " + file + "\n/stats\n", settings);
        assertThat(second.err()).contains("3 messages loaded",
                "3 messages, the system's among them; 0 prompt tokens fed, 0 kept, 0 generated; 0 of 512 tokens");
        assertThat(second.output()).isEmpty();
    }

    @Test
    void whatIsWrongIsOneLineAndTheConversationGoesOn() throws IOException {
        Path wrong = Files.writeString(folder.resolve("wrong.json"), "{\"messages\": [{\"role\": \"robot\", \"content\": \"\"}]}");
        Run talk = chat(tiny, "/nonsense\n/load " + wrong + "\n/load\n/help\n//hi\n/exit\nnever\n", "--tokens", 2, "--temperature", 0);
        talk.output();
        assertThat(talk.err()).contains(
                "/nonsense is no command; /help lists them",
                "tern chat: " + wrong + ": key 'messages[0].role': found 'robot', expected system, user or assistant\n",
                "tern chat: /load needs a file\n",
                "/system TEXT");
        assertThat(talk.err().lines().filter(line -> line.contains("prompt token"))).as("one message was said").hasSize(1);
    }

    @Test
    void aMessageWithoutAnAnswerIsNoSuccess() {
        Run talk = chat(tiny, "x".repeat(600) + "\nhi\n", "--tokens", 2, "--temperature", 0);
        assertThat(talk.status()).as(talk.err()).isEqualTo(1);
        assertThat(talk.err()).contains("tern chat: the message makes a prompt of ", "; --tokens reached");
        assertThat(talk.out()).as("the next one is answered").isNotEmpty();
    }

    @Test
    void valuesAreForATemplateInTheFile() {
        assertRefused(chat(tiny, "", "--template", "none", "--template-values", "{\"a\": 1}"),
                "--template-values: only the template in the model's files takes values, not --template none");
        assertRefused(chat(tiny, "", "--template-values", "[]"), "--template-values: found no JSON object");
    }

    @Test
    void wrongOptionsAreRefused() {
        assertRefused(chat(tiny, "", "--template", "jinja"), "--template jinja: expected one of bitnet, chatml, falcon3, llama3, none");
        assertRefused(chat(tiny, "", "--template", "llama3"), "template llama3: the model's vocabulary has no token <|start_header_id|>");
        assertRefused(chat(tiny, "", "--tokens", 0), "--tokens must be positive: 0");
        assertRefused(chat(tiny, "", "--stop", ""), "--stop must not be empty");
        assertRefused(chat(tiny, "", "--min-p", 2), "min-p must be from 0 to 1: 2.0");
        assertRefused(run("", command("run", tiny, "--prompt", "a", "--speculate", 2, "--repeat-penalty", 1.1)),
                "--speculate does not go with --repeat-penalty");
    }

    private static void assertRefused(Run run, String message) {
        assertThat(run.status()).as(run.err()).isEqualTo(2);
        assertThat(run.err().strip().lines()).singleElement().asString().contains(message);
    }

    @Test
    void theFirstRunIsOneFileToSendBack() throws IOException {
        Path file = folder.resolve("first.txt");
        Object[] args = {"first-run", "--model", tiny, "--cache", folder.resolve("cache"), "--threads", 1, "--tokens", 4, "--out", file};
        Run run = run("", args);
        String bundle = Files.readString(file);
        assertThat(run.status()).as(bundle).isZero();
        assertThat(run.out()).endsWith("all steps are done; " + file + " is what to send back\n");
        assertThat(bundle).contains("== files\ntiny.gguf " + Files.size(tiny) + " bytes, SHA-256 ", "no file whose digest is known here",
                "== shape\nnot that of BitNet b1.58 2B4T", "== doctor\ndone", "--prompt The capital of France is", "\"prompt_tokens\":", "== ppl\ndone",
                "\"perplexity\":");
        Run again = run("", args);
        assertThat(again.status()).isNotZero();
        assertThat(again.err()).hasLineCount(1).contains("first.txt");
        assertThat(Files.readString(file)).as("what is there stays").isEqualTo(bundle);
    }

    // ---- run ----

    @Test
    void runEndsWhereAStopTextBegins() {
        Object[] settings = {"--prompt", "abc", "--tokens", 20};
        String whole = run("", command("run", tiny, settings)).output();
        assertThat(whole).hasSizeGreaterThan(5);
        String stop = whole.substring(2, 5);
        Run cut = run("", command("run", tiny, Stream.concat(Arrays.stream(settings), Stream.of("--stop", "never", "--stop", stop)).toArray()));
        assertThat(cut.output()).isEqualTo(whole.substring(0, whole.indexOf(stop)) + "\n");
        assertThat(cut.err()).contains("; stop text");
    }

    @Test
    void aPenaltyEndsRepetition() {
        Object[] settings = {"--prompt", "abc", "--tokens", 60};
        String plain = run("", command("run", tiny, settings)).output();
        String penalised =
                run("", command("run", tiny, Stream.concat(Arrays.stream(settings), Stream.of("--repeat-penalty", 3, "--repeat-last", -1)).toArray())).output();
        assertThat(penalised).isNotEqualTo(plain);
    }
}
