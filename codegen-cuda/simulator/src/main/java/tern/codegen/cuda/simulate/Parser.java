package tern.codegen.cuda.simulate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tern.codegen.cuda.simulate.Lexer.Kind;

/// PTX text to kernels: the directives of a module and of an entry; [BodyParser] reads what stands between the braces.
///
/// `.func`, calls, textures and debug information other than `.loc` and `.file` are refused.
final class Parser {

    private static final Set<String> LINKING = Set.of(".visible", ".weak", ".extern");

    private final Words words;
    private final String[] lines;
    private final List<Kernel> kernels = new ArrayList<>();
    private final Map<String, Variable> variables = new HashMap<>();
    private final SharedLayout shared = new SharedLayout();
    private String target = "";

    private Parser(String text) {
        words = new Words(Lexer.tokens(text));
        lines = text.split("\n", -1);
    }

    /// @throws PtxError with the line of what is wrong or not supported
    static PtxModule parse(String text) {
        return new Parser(text).module();
    }

    private PtxModule module() {
        words.expect(".version");
        words.next(Kind.NUMBER);
        words.expect(".target");
        target = words.next(Kind.WORD).text();
        while (words.take(",")) words.next(Kind.WORD);
        while (!words.is(Kind.END)) directive();
        var own = variables.values().stream()
                .filter(v -> v.space() == Variable.Space.GLOBAL || v.space() == Variable.Space.CONSTANT)
                .toList();
        return new PtxModule(target, List.copyOf(kernels), own);
    }

    private void directive() {
        boolean extern = false;
        while (LINKING.contains(words.peek().text())) extern |= words.next().text().equals(".extern");
        var word = words.peek();
        switch (word.text()) {
            case ".address_size" -> {
                words.next();
                var size = words.next(Kind.NUMBER);
                if (!size.text().equals("64")) throw new PtxError(size.line(), "addresses of 64 bits only");
            }
            case ".entry" -> {
                words.next();
                kernels.add(entry());
            }
            case ".global", ".const", ".shared" -> new Declaration(words, shared).read(extern, variables);
            case ".file" -> {
                words.next();
                words.next(Kind.NUMBER);
                words.next(Kind.STRING);
            }
            default -> throw new PtxError(word.line(), "'" + word.text() + "' is not supported here");
        }
    }

    private Kernel entry() {
        String name = words.next(Kind.WORD).text();
        var visible = new HashMap<>(variables);
        var parameters = new ArrayList<Variable>();
        if (words.take("(") && !words.take(")")) {
            do {
                parameters.add(parameter(parameters));
            } while (words.take(","));
            words.expect(")");
        }
        parameters.forEach(p -> visible.put(p.name(), p));
        int threads = 1024;
        while (!words.is("{")) {
            var word = words.next();
            switch (word.text()) {
                case ".maxntid", ".reqntid" -> threads = product();
                case ".minnctapersm", ".maxnctapersm", ".maxnreg" -> words.next(Kind.NUMBER);
                case ".pragma" -> {
                    words.next(Kind.STRING);
                    words.expect(";");
                }
                default -> throw new PtxError(word.line(), "'" + word.text() + "' is not supported here");
            }
        }
        var own = new SharedLayout(shared);
        var body = new BodyParser(words, lines, visible, own);
        body.read();
        return new Kernel(name, body.statements(), body.labels(), parameters, visible, body.registers(), own.bytes(),
                body.localBytes(), threads);
    }

    private int product() {
        int product = 1;
        do {
            product *= words.number();
        } while (words.take(","));
        return product;
    }

    /// `.param .align 8 .b8 name[64]`, `.param .u64 .ptr .global .align 16 name`.
    private static final Set<String> POINTER = Set.of(".ptr", ".global", ".const", ".shared", ".local");

    private Variable parameter(List<Variable> before) {
        words.expect(".param");
        int align = 0;
        if (words.take(".align")) align = words.number();
        Type type = words.type();
        while (POINTER.contains(words.peek().text())) words.next();
        if (words.take(".align")) words.number();
        var name = words.next(Kind.WORD);
        int bytes = type.bytes();
        if (words.take("[")) {
            bytes *= words.number();
            words.expect("]");
        }
        align = Math.max(align, type.bytes());
        int end = before.isEmpty() ? 0 : before.getLast().offset() + before.getLast().bytes();
        return new Variable(name.text(), Variable.Space.PARAM, align, bytes, up(end, align), new byte[0]);
    }

    static int up(int value, int align) {
        return (value + align - 1) / align * align;
    }
}
