package tern.spark;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.jspecify.annotations.Nullable;
import tern.api.Answer;
import tern.api.Generate;
import tern.api.Tern;
import tern.runtime.evaluate.Scorer.Score;
import tern.runtime.sample.Sampling;

/// One row at a time, for any number of threads.
record RowWork(Job job, Tern model) {

    /// @param tokens that were generated or read
    record Done(Row row, int tokens, boolean isBad) {}

    /// What is wrong with a row is told in it.
    Done of(Row row) {
        try {
            String text = text(row, job.text());
            return switch (job.verb()) {
                case GENERATE -> {
                    Answer answer = model.generate(text, how(row), _ -> {});
                    yield good(row, answer.tokens(), answer.text(), answer.tokens(), answer.complete());
                }
                case SCORE -> {
                    Score score = model.score(job.given().isEmpty() ? "" : text(row, job.given()), text);
                    yield good(row, score.tokens(), -score.nats(), score.tokens());
                }
                case EMBED -> {
                    float[] vector = model.embed(text);
                    var numbers = new Float[vector.length];
                    Arrays.setAll(numbers, i -> vector[i]);
                    yield good(row, 0, (Object) numbers);
                }
                case PPL -> {
                    Score score = model.score("", text);
                    yield good(row, score.tokens(), score.perplexity(), score.tokens());
                }
            };
        } catch (IllegalArgumentException | ArithmeticException e) {
            return bad(row, String.valueOf(e.getMessage()));
        }
    }

    private static String text(Row row, String column) {
        Object value = value(row, column);
        if (value instanceof String text) return text;
        throw new IllegalArgumentException(value == null ? "'%s' is null".formatted(column) : "'%s' is no text".formatted(column));
    }

    private static @Nullable Object value(Row row, String column) {
        return row.get(row.fieldIndex(column));
    }

    private Generate how(Row row) {
        Job.Limits limits = job.limits();
        var sampling = new Sampling(
                (float) number(row, limits.temperature()), 0, (float) number(row, limits.topP()), seed(limits.seed(), row));
        return Generate.GREEDY.withMost((int) number(row, limits.tokens())).withSampling(sampling);
    }

    private static double number(Row row, String value) {
        String column = Job.column(value);
        if (column.isEmpty()) return Job.number(value);
        return switch (value(row, column)) {
            case Number number -> number.doubleValue();
            case String text -> Job.number(text); // of CSV
            case null, default -> throw new IllegalArgumentException("'%s' is no number".formatted(column));
        };
    }

    /// Of the row's key alone: another partitioning draws the same.
    private long seed(long seed, Row row) {
        Object key = value(row, job.key().isEmpty() ? job.text() : job.key());
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest((seed + ":" + key).getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    private static Done good(Row row, int tokens, Object... found) {
        var values = values(row);
        values.addAll(Arrays.asList(found));
        values.add(null);
        return new Done(RowFactory.create(values.toArray()), tokens, false);
    }

    private Done bad(Row row, String error) {
        var values = values(row);
        for (int i = 0; i < job.verb().columns().size(); i++) values.add(null);
        values.add(error);
        return new Done(RowFactory.create(values.toArray()), 0, true);
    }

    private static List<@Nullable Object> values(Row row) {
        var values = new ArrayList<@Nullable Object>();
        for (int i = 0; i < row.size(); i++) values.add(row.get(i));
        return values;
    }
}
