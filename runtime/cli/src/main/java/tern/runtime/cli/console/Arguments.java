package tern.runtime.cli.console;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// What the command line says, as UTF-8 whatever the locale: the JVM reads it by the locale's encoding and puts other characters for
/// what that does not have. `tern` starts the JVM with a locale of UTF-8; this is for those who start it otherwise.
public final class Arguments {

    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

    private Arguments() {}

    /// @throws IllegalArgumentException if an argument cannot be told
    public static String[] utf8(String[] args) {
        String encoding = System.getProperty("sun.jnu.encoding", "");
        boolean isAscii = Arrays.stream(args).allMatch(arg -> arg.chars().allMatch(c -> c < 0x80));
        if (isAscii || encoding.equalsIgnoreCase("UTF-8")) return args;
        try {
            return last(Files.readAllBytes(COMMAND_LINE), args.length);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "the locale's encoding, %s, does not have all characters of the command line; LC_ALL=C.UTF-8 does".formatted(encoding), e);
        }
    }

    /// @param line arguments, each with a zero byte after it
    static String[] last(byte[] line, int count) throws CharacterCodingException {
        String whole = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
        String[] all = whole.split("\0", -1);
        if (all.length - 1 < count) throw new CharacterCodingException();
        return Arrays.copyOfRange(all, all.length - 1 - count, all.length - 1);
    }
}
