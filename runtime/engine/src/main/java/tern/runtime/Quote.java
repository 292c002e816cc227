package tern.runtime;

/// Text from an untrusted file, made fit for a message: one line, printable, short.
public final class Quote {

    private static final int LONGEST = 80;

    private Quote() {}

    /// E.g. `'blk.0.attn_q.weight'`; control characters become `\\u001b`, the rest of a long text `...`.
    public static String of(String text) {
        return of(text, LONGEST);
    }

    /// @param longest characters that are shown
    public static String of(String text, int longest) {
        var quoted = new StringBuilder("'");
        for (int i = 0; i < Math.min(text.length(), longest); i++) {
            char c = text.charAt(i);
            // Formatting characters go too: they can reverse or hide what follows them on a terminal.
            boolean plain = c != '\'' && c != '\\' && !Character.isISOControl(c) && Character.getType(c) != Character.FORMAT;
            quoted.append(plain ? String.valueOf(c) : "\\u%04x".formatted((int) c));
        }
        return quoted.append(text.length() > longest ? "...'" : "'").toString();
    }
}
