package tern.autotune.bundle;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// The user's own key pair, in a file that nobody else can read: the public key on the first line, then the private one as PEM.
public final class SigningKey {

    public static final String FILE = "signing.key";

    private static final String BEGIN = "-----BEGIN PRIVATE KEY-----", END = "-----END PRIVATE KEY-----";

    private static final Set<PosixFilePermission> OWNER =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private final PrivateKey secret;
    private final SignerKey key;

    private SigningKey(PrivateKey secret, SignerKey key) {
        this.secret = secret;
        this.key = key;
    }

    /// The key in this folder; made at the first use.
    ///
    /// @throws BundleException if the file is none, or others can read it
    public static SigningKey in(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) make(folder, file);
        return read(file);
    }

    /// Its public half.
    public SignerKey key() {
        return key;
    }

    byte[] sign(byte[] message) {
        try {
            Signature signer = Signature.getInstance(SignerKey.ALGORITHM);
            signer.initSign(secret);
            signer.update(message);
            return signer.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK cannot sign: " + e.getMessage(), e);
        }
    }

    private static void make(Path folder, Path file) throws IOException {
        Files.createDirectories(folder);
        Path aside = Files.createTempFile(folder, FILE, ".tmp"); // which only its owner can read
        try {
            Files.writeString(aside, text(generate()), US_ASCII);
            publish(aside, file);
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    /// A link, unlike a move, surely fails if another process was first; its key is used then. Some file systems have none.
    private static void publish(Path aside, Path file) throws IOException {
        try {
            Files.createLink(file, aside);
        } catch (FileSystemException | UnsupportedOperationException e) {
            if (!Files.exists(file)) Files.move(aside, file);
        }
    }

    private static KeyPair generate() {
        try {
            return KeyPairGenerator.getInstance(SignerKey.ALGORITHM).generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK makes no keys: " + e.getMessage(), e);
        }
    }

    private static String text(KeyPair pair) {
        String secret = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(pair.getPrivate().getEncoded());
        return String.join("\n", SignerKey.of(pair.getPublic()).toString(), BEGIN, secret, END, "");
    }

    private static SigningKey read(Path file) throws IOException {
        refuseIfOthersRead(file);
        List<String> lines = Files.readAllLines(file, US_ASCII);
        if (lines.size() < 4 || !lines.get(1).equals(BEGIN) || !lines.getLast().equals(END)) throw none(file);
        try {
            byte[] encoded = Base64.getDecoder().decode(String.join("", lines.subList(2, lines.size() - 1)));
            PrivateKey secret = KeyFactory.getInstance(SignerKey.ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(encoded));
            var pair = new SigningKey(secret, SignerKey.parse(lines.getFirst()));
            byte[] message = lines.getFirst().getBytes(US_ASCII);
            if (!pair.key.verifies(message, pair.sign(message))) throw none(file);
            return pair;
        } catch (GeneralSecurityException | IllegalArgumentException | BundleException e) {
            throw none(file);
        }
    }

    private static BundleException none(Path file) {
        return new BundleException(file + ": no key pair, or a damaged one; once it is moved away a new one is made");
    }

    private static void refuseIfOthersRead(Path file) throws IOException {
        var view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (view != null && !OWNER.containsAll(view.readAttributes().permissions()))
            throw new BundleException(file + ": others may read or change this key (chmod 600 closes it, but the key may be known by now)");
    }
}
