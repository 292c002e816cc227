package tern.autotune.bundle;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.regex.Pattern;

/// A public key, written `ed25519:` and the 32 bytes of RFC 8032 in hexadecimal digits.
///
/// @param hex 64 digits, lower case: the one way to write a key
public record SignerKey(String hex) {

    static final String ALGORITHM = "Ed25519", PREFIX = "ed25519:";

    /// What stands before the 32 bytes in X.509's encoding (RFC 8410).
    private static final byte[] X509 = HexFormat.of().parseHex("302a300506032b6570032100");

    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

    public SignerKey {
        if (!HEX.matcher(hex).matches()) throw new IllegalArgumentException("a key is 64 hexadecimal digits: " + hex);
    }

    /// @throws BundleException if it is no key
    public static SignerKey parse(String text) {
        String hex = text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : "";
        if (!HEX.matcher(hex).matches())
            throw new BundleException("'%s' is no key: expected %s and 64 digits of 0-9 and a-f".formatted(text, PREFIX));
        return new SignerKey(hex);
    }

    static SignerKey of(PublicKey key) {
        String encoded = HexFormat.of().formatHex(key.getEncoded());
        return new SignerKey(encoded.substring(2 * X509.length));
    }

    /// @return false if the signature is another key's or of another message
    boolean verifies(byte[] message, byte[] signature) {
        try {
            byte[] encoded = HexFormat.of().parseHex(HexFormat.of().formatHex(X509) + hex);
            Signature verifier = Signature.getInstance(ALGORITHM);
            verifier.initVerify(KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(encoded)));
            verifier.update(message);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            return false; // not every 32 bytes are a point of the curve, nor all 64 a signature
        }
    }

    @Override
    public String toString() {
        return PREFIX + hex;
    }
}
