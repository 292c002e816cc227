package tern.autotune.bundle;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Locale.ROOT;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tern.ir.store.WholeFile;

/// A bundle as a file:
///
///     tern bundle 1
///     key ed25519:HEX             whose signature it is
///     sha256 HEX                  of everything after the head
///     signature HEX               of the first two lines and everything after the head
///     {
///       "made": ...               see BundleJson
///
/// There is one way only to write the head, so that no byte of the file can be another one.
///
/// @param signer   whose key signed it
/// @param contents what was signed
public record BundleFile(SignerKey signer, Bundle contents) {

    private static final String MAGIC = "tern bundle ", VERSION = "1";

    private static final Pattern HEAD = Pattern.compile(
            MAGIC + "(.{1,9})\n(?:key ed25519:([0-9a-f]{64})\nsha256 ([0-9a-f]{64})\nsignature ([0-9a-f]{128})\n)?");

    /// Characters of the head at most, and bytes of a file.
    private static final int LONGEST_HEAD = 400, LARGEST = 256 << 20;

    /// Whether a file begins as a bundle does.
    public static boolean isOne(Path file) throws IOException {
        if (!Files.isRegularFile(file)) return false;
        try (InputStream bytes = Files.newInputStream(file)) {
            return new String(bytes.readNBytes(MAGIC.length()), US_ASCII).equals(MAGIC);
        }
    }

    /// Writes it as a whole.
    public static void write(Path file, Bundle bundle, SigningKey key) throws IOException {
        WholeFile.write(file, seal(BundleJson.bytes(bundle), key));
    }

    /// @throws BundleException if it is no whole bundle with the signature of the key it names, or holds what is no record
    public static BundleFile read(Path file) throws IOException {
        if (Files.size(file) > LARGEST)
            throw new BundleException(String.format(ROOT, "%s: %,d bytes, at most %,d are read", file, Files.size(file), LARGEST));
        try {
            return parse(Files.readAllBytes(file));
        } catch (BundleException e) {
            throw new BundleException(file + ": " + e.getMessage(), e);
        }
    }

    static byte[] seal(byte[] json, SigningKey key) {
        String first = first(key.key());
        String head = "%ssha256 %s\nsignature %s\n".formatted(first, hex(sha256(json)), hex(key.sign(join(first, json))));
        return join(head, json);
    }

    static BundleFile parse(byte[] bytes) {
        Matcher head = HEAD.matcher(new String(bytes, 0, Math.min(bytes.length, LONGEST_HEAD), US_ASCII));
        if (!head.lookingAt()) throw new BundleException("no bundle of Tern, or a damaged one");
        if (!head.group(1).equals(VERSION))
            throw new BundleException("a bundle of another version of Tern, or a damaged one: this version reads " + MAGIC + VERSION);
        if (head.group(2) == null) throw new BundleException("damaged: its head is not as it was written");
        byte[] json = Arrays.copyOfRange(bytes, head.end(), bytes.length);
        if (!hex(sha256(json)).equals(head.group(3))) throw new BundleException("damaged: its checksum is of other contents");
        SignerKey signer = new SignerKey(head.group(2));
        if (!signer.verifies(join(first(signer), json), HexFormat.of().parseHex(head.group(4))))
            throw new BundleException("damaged or forged: its signature is not that of the key it names, " + signer);
        return new BundleFile(signer, BundleJson.parse(json));
    }

    private static String first(SignerKey signer) {
        return MAGIC + VERSION + "\nkey " + signer + "\n";
    }

    private static byte[] join(String head, byte[] json) {
        byte[] first = head.getBytes(US_ASCII);
        byte[] all = Arrays.copyOf(first, first.length + json.length);
        System.arraycopy(json, 0, all, first.length, json.length);
        return all;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
