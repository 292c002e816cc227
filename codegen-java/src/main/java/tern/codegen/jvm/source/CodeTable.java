package tern.codegen.jvm.source;

import com.palantir.javapoet.CodeBlock;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tern.ir.CodeBook;
import tern.ir.Codec;

/// A codec as two tables of Java. The digits of a code are written as one number: `sum_j (digit_j - low) * size^j`.
final class CodeTable {

    /// Characters of one string constant; a class file holds 65,535 bytes of each.
    private static final int LONGEST_TEXT = 60_000;

    /// Codes that a comment lists.
    private static final int LISTED = 32;

    private final CodeBook book;
    private final String label;
    private final int[] codes, meanings;

    /// @param label part of the names of the tables
    CodeTable(Codec codec, String label) {
        this.label = label;
        book = CodeBook.of(codec);
        int combinations = 1;
        for (int j = 0; j < digits(); j++) combinations *= size();
        codes = IntStream.range(0, combinations).map(number -> book.encode(digits(number), 0)).toArray();
        meanings = IntStream.range(0, book.codes()).map(code -> book.isUsed(code) ? number(code) : -1).toArray();
    }

    int low() {
        return (int) book.alphabet().low();
    }

    /// Of the alphabet.
    int size() {
        return (int) (book.alphabet().high() - book.alphabet().low() + 1);
    }

    int digits() {
        return book.codec().digits();
    }

    private int[] digits(int number) {
        int[] digits = new int[digits()];
        for (int j = 0; j < digits.length; j++, number /= size()) digits[j] = low() + number % size();
        return digits;
    }

    private int number(int code) {
        int number = 0;
        for (int j = digits() - 1; j >= 0; j--) number = number * size() + book.digit(code, j) - low();
        return number;
    }

    /// Names of the tables.
    String codes() {
        return "CODES_OF_" + label;
    }

    String meanings() {
        return "MEANINGS_OF_" + label;
    }

    String label() {
        return label;
    }

    String codesDoc() {
        String first = low() == 0 ? "d0" : "(d0 %s %d)".formatted(low() < 0 ? "+" : "-", Math.abs(low()));
        String more = digits() == 1 ? "" : " + %s * %d + ..".formatted(first.replace("d0", "d1"), size());
        return "The code of codec %s that is written for a number, -1 where there is none. The number of the digits d0, d1, .. is %s%s.\n"
                .formatted(book.codec().name(), first, more);
    }

    String meaningsDoc() {
        var doc = new StringBuilder("The number that each code of codec " + book.codec().name() + " means, -1 if it means nothing.\n");
        if (book.codes() > LISTED) return doc.toString();
        for (int code = 0; code < book.codes(); code++)
            if (book.isUsed(code))
                doc.append("%n%4d = %s".formatted(code, Arrays.stream(digits(meanings[code]))
                        .mapToObj(digit -> "%2d".formatted(digit)).collect(Collectors.joining(" "))));
        return "<pre>" + doc.append("\n</pre>\n").toString().replace("\r", "");
    }

    CodeBlock codesText() {
        return text(codes);
    }

    CodeBlock meaningsText() {
        return text(meanings);
    }

    private static CodeBlock text(int[] numbers) {
        String all = Arrays.stream(numbers).mapToObj(Integer::toString).collect(Collectors.joining(" "));
        return Layouts.wrap(all, LONGEST_TEXT, " ").stream().map(Layouts::text).collect(CodeBlock.joining(", "));
    }
}
