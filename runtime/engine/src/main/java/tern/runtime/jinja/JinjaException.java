package tern.runtime.jinja;

/// What a template cannot do, or refuses to do; one line.
public final class JinjaException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    JinjaException(String message) {
        super(message);
    }

    JinjaException at(int line) {
        String message = String.valueOf(getMessage());
        return message.startsWith("line ") ? this : new JinjaException("line " + line + ": " + message);
    }
}
