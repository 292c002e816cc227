package tern.autotune.record;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The name under which a record is kept: SHA-256 over its exact texts and numbers, each text after its length, so that no two
/// lists of texts run together to the same bytes.
final class Identity {

    private final MessageDigest digest;

    private Identity() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    static String of(ProblemKey problem, Environment environment) {
        return new Identity().add(problem).add(environment).hex();
    }

    static String of(ProblemKey problem, Candidate candidate, Environment environment) {
        return new Identity().add(problem).text(candidate.packing()).text(candidate.schedule()).add(environment).hex();
    }

    static String of(ProblemKey step, ProblemKey batch, Environment environment) {
        return new Identity().add(step).add(batch).add(environment).hex();
    }

    static String of(String text) {
        return new Identity().text(text).hex();
    }

    static String of(String machine, Environment environment) {
        return new Identity().text(machine).add(environment).hex();
    }

    private Identity add(ProblemKey problem) {
        return text(problem.kernel()).number(problem.m()).number(problem.k()).number(problem.maxTokens());
    }

    private Identity add(Environment environment) {
        return text(environment.processor()).text(environment.jdk()).text(environment.generation()).number(environment.threads());
    }

    private Identity text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        number(bytes.length);
        digest.update(bytes);
        return this;
    }

    private Identity number(int number) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
        return this;
    }

    private String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
