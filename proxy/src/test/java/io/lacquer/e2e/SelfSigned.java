package io.lacquer.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A key and its own certificate, made by {@code keytool} for a test. */
final class SelfSigned {
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final KeyStore store;
    private final Path certificate;
    private final Path key;

    /**
     * Makes them.
     *
     * @param host what the certificate is for, such as {@code ip:127.0.0.1}
     */
    SelfSigned(Path folder, String host) throws IOException, GeneralSecurityException, InterruptedException {
        Path file = folder.resolve("key.p12");
        Process made = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "redis",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=redis",
                        "-ext",
                        "san=" + host,
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!made.waitFor(60, TimeUnit.SECONDS) || made.exitValue() != 0) {
            throw new IOException("keytool failed");
        }
        store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        certificate = folder.resolve("certificate.pem");
        Files.writeString(
                certificate, pem("CERTIFICATE", store.getCertificate("redis").getEncoded()));
        key = folder.resolve("key.pem");
        Files.writeString(
                key, pem("PRIVATE KEY", store.getKey("redis", PASSWORD).getEncoded()));
    }

    private static String pem(String kind, byte[] bytes) {
        String lines = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(bytes);
        return "-----BEGIN " + kind + "-----\n" + lines + "\n-----END " + kind + "-----\n";
    }

    /** The certificate, in PEM. */
    Path certificate() {
        return certificate;
    }

    /** The key, in PEM. */
    Path key() {
        return key;
    }

    /** Makes server sockets that have this key. */
    ServerSocketFactory sockets() throws GeneralSecurityException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context.getServerSocketFactory();
    }
}
