package tern.runtime.cli.evaluate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tern.runtime.evaluate.MultipleChoice.Choice;
import tern.runtime.evaluate.MultipleChoice.Question;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Questions, a JSON object a line. Choices that continue one text, or one text that continues several:
///
/// ```
/// {"context": "Question: ...\nAnswer:", "choices": ["four", "five"], "answer": 0}
/// {"contexts": ["Ann beat Eve because Ann", "Ann beat Eve because Eve"], "continuation": "trained more.", "answer": 0}
/// ```
///
/// `delimiter`, a space if it is not there, comes before what is scored.
final class QuestionFile {

    /// @param line of the file, from 1
    record Numbered(int line, Question question) {}

    private QuestionFile() {}

    /// A byte order mark at the beginning is passed over.
    ///
    /// @throws IllegalArgumentException if a line is no question
    static List<Numbered> read(Path file) throws IOException {
        var questions = new ArrayList<Numbered>();
        int number = 0;
        for (String line : PplCommand.text(file).replaceFirst("^\ufeff", "").lines().toList()) {
            number++;
            if (line.isBlank()) continue;
            try {
                questions.add(new Numbered(number, question(JsonMapper.shared().readTree(line))));
            } catch (JacksonException e) {
                throw new IllegalArgumentException("%s:%d: no JSON: %s".formatted(file, number, e.getOriginalMessage()), e);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("%s:%d: %s".formatted(file, number, e.getMessage()), e);
            }
        }
        if (questions.isEmpty()) throw new IllegalArgumentException(file + ": there is no question in it");
        return questions;
    }

    private static Question question(JsonNode line) {
        if (!line.isObject()) throw new IllegalArgumentException("found no object");
        JsonNode answer = line.path("answer");
        if (!answer.isInt()) throw new IllegalArgumentException("'answer' must be the index of a choice");
        String delimiter = line.has("delimiter") ? text(line, "delimiter") : " ";
        var choices = new ArrayList<Choice>();
        if (line.has("contexts"))
            for (String context : texts(line, "contexts")) choices.add(new Choice(context, delimiter + text(line, "continuation"), context));
        else for (String choice : texts(line, "choices")) choices.add(new Choice(text(line, "context"), delimiter + choice, choice));
        return new Question(choices, answer.intValue());
    }

    private static String text(JsonNode line, String key) {
        JsonNode text = line.path(key);
        if (!text.isString()) throw new IllegalArgumentException("'%s' must be a text".formatted(key));
        return text.stringValue();
    }

    private static List<String> texts(JsonNode line, String key) {
        JsonNode array = line.path(key);
        if (!array.isArray()) throw new IllegalArgumentException("'%s' must be an array of texts".formatted(key));
        var texts = new ArrayList<String>();
        for (JsonNode text : array) {
            if (!text.isString()) throw new IllegalArgumentException("'%s' must be an array of texts".formatted(key));
            texts.add(text.stringValue());
        }
        return texts;
    }
}
