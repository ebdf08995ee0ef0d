package dev.strongroom.testkit.objectstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.testkit.process.ChildJvm;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That the servers start, have their bucket and refuse strangers; what they do: see storage. */
class ObjectStoreTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path folder;

  @Test
  void s3ProxyRefusesStrangers() throws Exception {
    try (S3ProxyServer server = S3ProxyServer.start(folder.resolve("objects"))) {
      assertEquals(403, get(HttpClient.newHttpClient(), server.endpoint().uri()));
      assertTrue(Files.isDirectory(folder.resolve("objects/weights")));
    }
  }

  @Test
  void s3ProxyServesTls() throws Exception {
    SelfSignedKeyStore tls = SelfSignedKeyStore.in(folder);
    S3ProxyServer.Options options =
        new S3ProxyServer.Options(folder.resolve("objects"), "weights", "key", "secret", 0, tls);
    try (S3ProxyServer server = S3ProxyServer.start(options);
        HttpClient client = HttpClient.newBuilder().sslContext(trusting(tls)).build()) {
      assertEquals("https", server.endpoint().uri().getScheme());
      assertEquals(403, get(client, server.endpoint().uri()));
    }
  }

  @Test
  void versitygwRefusesStrangers() throws Exception {
    Optional<String> missing = VersitygwServer.missing();
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
    try (VersitygwServer server = VersitygwServer.start(folder)) {
      assertEquals(403, get(HttpClient.newHttpClient(), server.endpoint().uri()));
    }
  }

  @Test
  void runsAsAProcess() throws Exception {
    Path portFile = folder.resolve("port");
    try (ChildJvm child =
        ChildJvm.start(
            ObjectStoreMain.class,
            List.of("-Xmx256m"),
            Map.of("STRONGROOM_S3_ACCESS_KEY", "key", "STRONGROOM_S3_SECRET_KEY", "secret"),
            List.of("--dir", folder + "/objects", "--port-file", portFile.toString()))) {
      URI uri = URI.create(child.awaitLine("ready ", LIMIT).substring("ready ".length()));
      assertEquals(Integer.toString(uri.getPort()), Files.readString(portFile).strip());
      assertEquals(403, get(HttpClient.newHttpClient(), uri));
    }
  }

  @Test
  void doesNotRunWithoutCredentials() {
    try (ChildJvm child = ChildJvm.start(ObjectStoreMain.class, "--dir", folder.toString())) {
      assertEquals(1, child.awaitExit(LIMIT));
      assertTrue(String.join("\n", child.output()).contains("STRONGROOM_S3_ACCESS_KEY"));
    }
  }

  private static int get(HttpClient client, URI server) throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(server.resolve("/weights")).build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private static SSLContext trusting(SelfSignedKeyStore tls) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    try (InputStream in = Files.newInputStream(tls.certificate())) {
      trusted.setCertificateEntry(
          "store", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }
}
