package dev.strongroom.keyservice.kms.awskms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * The default chain has what it needs on the class path to be a workload of EKS: a web identity
 * (IRSA) and a container's endpoint (Pod Identity). The settings come as system properties here and
 * as variables of the environment there; the SDK reads both alike.
 */
@Isolated("sets system properties")
@Timeout(60)
class CredentialsTest {
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private final Map<String, String> answers = new HashMap<>();
  @TempDir private Path folder;
  private Properties before = new Properties();
  private HttpServer server;

  @BeforeEach
  void listen() throws IOException {
    before = (Properties) System.getProperties().clone();
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.createContext("/", this::answer);
    server.start();
    System.setProperty("aws.region", "eu-west-1");
    System.setProperty("aws.configFile", folder.resolve("no-config").toString());
    System.setProperty("aws.sharedCredentialsFile", folder.resolve("no-credentials").toString());
    System.setProperty("aws.disableEc2Metadata", "true");
  }

  @AfterEach
  void stop() {
    System.setProperties(before);
    server.stop(0);
  }

  private String uri() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      asked.add(
          exchange.getRequestURI()
              + " "
              + exchange.getRequestHeaders().getFirst("Authorization")
              + " "
              + body);
      byte[] answer =
          answers
              .getOrDefault(exchange.getRequestURI().getPath(), "")
              .getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
    }
  }

  private static String inAnHour() {
    return Instant.now().plus(1, ChronoUnit.HOURS).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  @Test
  void aWebIdentityIsExchangedForARole() throws IOException {
    Path token = Files.writeString(folder.resolve("token"), "the.projected.token");
    answers.put(
        "/",
        "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
            + "<AssumeRoleWithWebIdentityResult><Credentials>"
            + "<AccessKeyId>ASIA-OF-ROLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
            + "<SessionToken>session</SessionToken><Expiration>"
            + inAnHour()
            + "</Expiration></Credentials></AssumeRoleWithWebIdentityResult>"
            + "</AssumeRoleWithWebIdentityResponse>");
    System.setProperty("aws.roleArn", "arn:aws:iam::123456789012:role/strongroom");
    System.setProperty("aws.webIdentityTokenFile", token.toString());
    System.setProperty("aws.endpointUrlSts", uri());
    assertEquals("ASIA-OF-ROLE", KmsClients.defaultChain().resolveCredentials().accessKeyId());
    String request = asked.getFirst();
    assertTrue(request.contains("Action=AssumeRoleWithWebIdentity"), request);
    assertTrue(request.contains("WebIdentityToken=the.projected.token"), request);
  }

  @Test
  void aContainerAsksItsAgentWithItsToken() throws IOException {
    Path token = Files.writeString(folder.resolve("token"), "the-pod-token");
    answers.put(
        "/v1/credentials",
        "{\"AccessKeyId\":\"ASIA-OF-POD\",\"SecretAccessKey\":\"secret\",\"Token\":\"session\","
            + "\"Expiration\":\""
            + inAnHour()
            + "\"}");
    System.setProperty("aws.containerCredentialsFullUri", uri() + "/v1/credentials");
    System.setProperty("aws.containerAuthorizationTokenFile", token.toString());
    assertEquals("ASIA-OF-POD", KmsClients.defaultChain().resolveCredentials().accessKeyId());
    assertTrue(asked.getFirst().contains("the-pod-token"), asked.toString());
  }
}
