package tern.autotune.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeysTest {

    private static final String SOME = "ed25519:" + "0f".repeat(32), OTHER = "ed25519:" + "a0".repeat(32);

    @TempDir
    Path temporary;

    private Path folder() {
        return temporary.resolve("config");
    }

    // ---- the user's own ----

    @Test
    void theKeyIsMadeOnceAndOnlyItsOwnerReadsIt() throws IOException {
        SigningKey key = SigningKey.in(folder());
        assertThat(key.key().toString()).matches("ed25519:[0-9a-f]{64}");
        assertThat(SigningKey.in(folder()).key()).isEqualTo(key.key());
        assertThat(folder().toFile().list()).containsExactly("signing.key");
        assumeTrue(temporary.getFileSystem().supportedFileAttributeViews().contains("posix"), "no permissions here");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder().resolve("signing.key")))).isEqualTo("rw-------");
    }

    @Test
    void severalWhoMakeItAtOnceHaveTheSame() throws Exception {
        try (var threads = Executors.newFixedThreadPool(4)) {
            Callable<SignerKey> first = () -> SigningKey.in(folder()).key();
            List<Future<SignerKey>> keys = threads.invokeAll(Collections.nCopies(8, first));
            for (Future<SignerKey> key : keys) assertThat(key.get()).isEqualTo(keys.getFirst().get());
        }
    }

    @Test
    void aKeyThatOthersMayReadIsRefused() throws IOException {
        assumeTrue(temporary.getFileSystem().supportedFileAttributeViews().contains("posix"), "no permissions here");
        SigningKey.in(folder());
        Path file = folder().resolve("signing.key");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> SigningKey.in(folder())).isInstanceOf(BundleException.class).hasMessageStartingWith(file + ": others may read");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
        assertThat(SigningKey.in(folder())).isNotNull();
    }

    @Test
    void aDamagedKeyIsRefusedAndKept() throws IOException {
        SigningKey.in(folder());
        Path file = folder().resolve("signing.key");
        String whole = Files.readString(file);
        SigningKey.in(temporary.resolve("other"));
        String another = Files.readString(temporary.resolve("other/signing.key"));
        for (String damaged : List.of(
                "", whole.substring(0, 80), whole.replace("BEGIN", "BEGUN"), whole.replaceFirst("M", "%"),
                another.lines().findFirst().orElseThrow() + whole.substring(whole.indexOf('\n')))) {
            Files.writeString(file, damaged);
            assertThatThrownBy(() -> SigningKey.in(folder()))
                    .as(damaged)
                    .isInstanceOf(BundleException.class)
                    .hasMessageStartingWith(file + ": no key pair, or a damaged one");
            assertThat(file).hasContent(damaged);
        }
    }

    @Test
    void signaturesAreOfTheMessage() throws IOException {
        SigningKey key = SigningKey.in(folder());
        byte[] message = {1, 2, 3}, signature = key.sign(message);
        assertThat(key.key().verifies(message, signature)).isTrue();
        assertThat(key.key().verifies(new byte[] {1, 2, 4}, signature)).isFalse();
        assertThat(key.key().verifies(message, new byte[64])).isFalse();
        assertThat(key.key().verifies(message, new byte[3])).isFalse();
        assertThat(SignerKey.parse(SOME).verifies(message, signature)).isFalse();
        assertThat(SignerKey.parse("ed25519:" + "f".repeat(64)).verifies(message, signature)).isFalse();
    }

    // ---- those of others ----

    @ParameterizedTest
    @ValueSource(strings = {"", "0f", "ed25519:", "ed25519:0f", "ed25519:0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F",
        "rsa:0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"})
    void whatIsNoKey(String text) {
        assertThatThrownBy(() -> SignerKey.parse(text)).isInstanceOf(BundleException.class).hasMessageStartingWith("'" + text + "' is no key");
    }

    @Test
    void keysAreTrustedUntilTheyAreNot() throws IOException {
        TrustedKeys trusted = TrustedKeys.in(folder());
        SignerKey some = SignerKey.parse(SOME), other = SignerKey.parse(OTHER);
        assertThat(trusted.keys()).isEmpty();
        assertThat(trusted.remove(some)).isFalse();
        assertThat(folder()).doesNotExist();
        assertThat(trusted.add(some)).isTrue();
        assertThat(trusted.add(other)).isTrue();
        assertThat(trusted.add(some)).isFalse();
        assertThat(TrustedKeys.in(folder()).keys()).containsExactly(some, other);
        assertThat(trusted.remove(some)).isTrue();
        assertThat(trusted.contains(some)).isFalse();
        assertThat(trusted.contains(other)).isTrue();
        assertThat(folder().toFile().list()).containsExactly("trusted.keys");
    }

    @Test
    void theListIsAUsersToEdit() throws IOException {
        Files.createDirectories(folder());
        Path file = Files.writeString(folder().resolve("trusted.keys"), "# ours\n\n  " + SOME + "  # the big machine\n");
        TrustedKeys trusted = TrustedKeys.in(folder());
        assertThat(trusted.keys()).containsExactly(SignerKey.parse(SOME));
        trusted.add(SignerKey.parse(OTHER));
        assertThat(file).hasContent("# ours\n\n  " + SOME + "  # the big machine\n" + OTHER + "\n");
        trusted.remove(SignerKey.parse(SOME));
        assertThat(file).hasContent("# ours\n\n" + OTHER + "\n");
        Files.writeString(file, "# ours\nsomebody\n");
        assertThatThrownBy(trusted::keys).isInstanceOf(BundleException.class).hasMessageStartingWith(file + ":2: 'somebody' is no key");
    }
}
