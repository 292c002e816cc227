package tern.runtime.evaluate;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import tern.runtime.generate.Generator;
import tern.runtime.model.Model;
import tern.runtime.model.Session;
import tern.runtime.sample.Sampling;
import tern.runtime.tokenizer.StreamDecoder;
import tern.runtime.tokenizer.Tokenizer;

/// Questions with one right answer each. An answer is right if it is that text and then ends.
///
/// @param questions in the order in which they are asked
public record Exam(List<Question> questions) {

    /// @param text   that the model continues
    /// @param answer what it should say
    public record Question(String text, String answer) {}

    /// @param answers in the order of the questions
    /// @param right   how many are
    public record Result(List<String> answers, int right) {}

    public Exam {
        questions = List.copyOf(questions);
    }

    /// @param text a line for each question: the question, a tab, the answer
    /// @throws IllegalArgumentException if a line is not that
    public static Exam parse(String text) {
        return new Exam(text.lines().map(line -> {
            String[] parts = line.split("\t", -1);
            if (parts.length != 2) throw new IllegalArgumentException("no question, tab and answer: " + line);
            return new Question(parts[0], parts[1]);
        }).toList());
    }

    /// As [#parse] reads it.
    public String print() {
        var text = new StringBuilder();
        for (Question question : questions) text.append(question.text).append('\t').append(question.answer).append('\n');
        return text.toString();
    }

    /// The first questions.
    public Exam first(int count) {
        return new Exam(questions.subList(0, Math.min(count, questions.size())));
    }

    /// Asks all questions, each in a conversation of its own. The likeliest token is taken always, and an answer is cut off one token after the
    /// right one's length.
    ///
    /// @param progress told per mille
    public Result ask(Model model, Tokenizer tokenizer, Arena arena, LongConsumer progress) {
        var generator = new Generator(model, Sampling.GREEDY, arena);
        var answers = new ArrayList<String>();
        int right = 0;
        for (Question question : questions) {
            String answer = ask(question, generator, tokenizer);
            if (answer.equals(question.answer)) right++;
            answers.add(answer);
            progress.accept(answers.size() * 1000L / questions.size());
        }
        return new Result(List.copyOf(answers), right);
    }

    private static String ask(Question question, Generator generator, Tokenizer tokenizer) {
        Session session = generator.session();
        session.reset();
        tokenizer.bos().ifPresent(session::next);
        session.feed(tokenizer.encode(question.text));
        var decoder = new StreamDecoder(tokenizer);
        var answer = new StringBuilder();
        int most = tokenizer.encode(question.answer).length + 1;
        for (int i = 0; i < most; i++) {
            int token = generator.pick();
            if (tokenizer.stops().contains(token)) break;
            answer.append(decoder.push(token));
            session.next(token);
        }
        return answer.append(decoder.finish()).toString();
    }
}
