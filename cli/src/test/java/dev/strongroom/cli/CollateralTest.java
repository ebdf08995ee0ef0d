package dev.strongroom.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.strongroom.cli.publish.TestTls;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.testkit.attest.NvidiaGpu;
import dev.strongroom.testkit.attest.SnpGuest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Collateral of vendors, whose services are played by a server of HTTPS on this machine. */
@Timeout(120)
class CollateralTest {
  private static final String FMSPC = "00806f050000";
  private static final String CHAIN = "-----BEGIN CERTIFICATE-----\n";

  @TempDir private Path folder;
  private final Instant now = Instant.now();
  private final Map<String, byte[]> published = new HashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<Integer> refusals = new CopyOnWriteArrayList<>();
  private final byte[] chain = new NvidiaGpu("48B02D51C9C1070B").chain();
  private HttpsServer vendor;
  private Path store = Path.of("");

  @BeforeEach
  void start() throws Exception {
    store = Files.createDirectory(folder.resolve("collateral"));
    vendor = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    vendor.setHttpsConfigurator(new HttpsConfigurator(tls()));
    vendor.createContext("/", this::answer);
    vendor.start();
  }

  @AfterEach
  void stop() {
    vendor.stop(0);
  }

  private static SSLContext tls() throws Exception {
    char[] password = TestTls.files().password().toCharArray();
    KeyStore keys = KeyStore.getInstance(TestTls.files().keyStore().toFile(), password);
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  private void answer(HttpExchange exchange) throws IOException {
    String asks = exchange.getRequestURI().toString();
    asked.add(asks);
    try (exchange) {
      if (!refusals.isEmpty()) {
        exchange.getResponseHeaders().add("Retry-After", "30");
        exchange.sendResponseHeaders(refusals.removeFirst(), -1);
        return;
      }
      byte[] body = published.get(asks);
      if (body == null) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      String encoded =
          URLEncoder.encode(
              new String(chain, StandardCharsets.US_ASCII), StandardCharsets.US_ASCII);
      exchange.getResponseHeaders().add("TCB-Info-Issuer-Chain", encoded);
      exchange.getResponseHeaders().add("SGX-Enclave-Identity-Issuer-Chain", encoded);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private byte[] document(String member, String id, Duration age, Duration left) {
    return "{\"%s\":{\"id\":\"%s\",\"fmspc\":\"%s\",\"issueDate\":\"%s\",\"nextUpdate\":\"%s\"},\"signature\":\"00\"}"
        .formatted(member, id, FMSPC, now.minus(age), now.plus(left))
        .getBytes(StandardCharsets.US_ASCII);
  }

  private Run run(String... words) {
    List<String> all = new ArrayList<>(List.of("attest", "collateral"));
    for (String word : words) {
      boolean ours = List.of("collateral", "bundle", "other").contains(word);
      all.add(ours ? folder.resolve(word).toString() : word);
    }
    return Run.of(folder, all.toArray(String[]::new));
  }

  private Run fetch(String... words) {
    String base = "https://localhost:" + vendor.getAddress().getPort();
    List<String> all =
        new ArrayList<>(
            List.of(
                "fetch",
                "collateral",
                "--pcs",
                base,
                "--intel-root",
                base,
                "--kds",
                base,
                "--vendor-ca",
                TestTls.files().certificate().toString()));
    all.addAll(Arrays.asList(words));
    return run(all.toArray(String[]::new));
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(store)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private void put(String name, byte[] content) throws IOException {
    var _ = Files.write(store.resolve(name), content);
  }

  @Test
  void eachItemIsShownWithItsAgeAndState() throws IOException {
    put("tcb.json", document("tcbInfo", "TDX", Duration.ofDays(3), Duration.ofDays(27)));
    put("chain.pem", chain);
    put("rim.xml", "<x/>".getBytes(StandardCharsets.US_ASCII));
    Run fresh = run("list", "collateral");
    assertEquals(0, fresh.exit(), fresh.err());
    assertTrue(
        fresh.out().contains("3d") && fresh.out().contains("TDX FMSPC " + FMSPC), fresh.out());

    put("qe.json", document("enclaveIdentity", "TD_QE", Duration.ofDays(40), Duration.ofHours(-1)));
    Run stale = run("--json", "list", "collateral");
    assertEquals(1, stale.exit(), stale.err());
    List<JsonNode> items = new ArrayList<>();
    for (String line : stale.out().lines().toList()) {
      items.add(StrictJson.mapper().readTree(line));
    }
    assertEquals(5, items.size());
    JsonNode old =
        items.stream()
            .filter(each -> each.path("file").asText().equals("qe.json"))
            .findFirst()
            .orElseThrow();
    assertEquals("stale", old.path("state").asText());
    assertTrue(old.path("ageSeconds").asLong() >= 40 * 86_400, old::toString);
    put("later.json", document("tcbInfo", "TDX", Duration.ofDays(-1), Duration.ofDays(27)));
    assertTrue(run("list", "collateral").out().contains("not-yet"));

    put("broken.pem", CHAIN.getBytes(StandardCharsets.US_ASCII));
    assertEquals(1, run("list", "collateral").exit());
    assertEquals(2, run("list", "other").exit());
  }

  /** With this server for the vendors' own. */
  @Test
  void theCommandsOfTheGuideWork() throws IOException {
    publishTdx();
    published.put("/vcek/v1/Milan/crl", chain);
    List<String> commands =
        Files.readAllLines(Path.of("../docs/guide/attestation.md")).stream()
            .filter(line -> line.startsWith("strongroom attest collateral "))
            .map(line -> line.substring("strongroom attest collateral ".length()))
            .toList();
    assertEquals(4, commands.size());
    for (String command : commands) {
      List<String> words = new ArrayList<>(List.of(command.split(" ")));
      Run run =
          words.getFirst().equals("fetch")
              ? fetch(words.subList(2, words.size()).toArray(String[]::new))
              : run(words.toArray(String[]::new));
      assertEquals(0, run.exit(), command + ": " + run.err());
    }
    assertTrue(Files.exists(folder.resolve("bundle/amd-milan.crl")));
  }

  @Test
  void whatIntelPublishesIsFetched() throws IOException {
    byte[] tcb = publishTdx();
    Run fetched = fetch("--fmspc", FMSPC.toUpperCase(Locale.ROOT));
    assertEquals(0, fetched.exit(), fetched.err());
    assertEquals(
        List.of(
            "intel-pck-platform.crl",
            "intel-pck-processor.crl",
            "intel-root.crl",
            "tdx-qe-identity.json",
            "tdx-signing-chain.pem",
            "tdx-tcb-" + FMSPC + ".json"),
        names());
    assertArrayEquals(tcb, Files.readAllBytes(store.resolve("tdx-tcb-" + FMSPC + ".json")));
    assertArrayEquals(chain, Files.readAllBytes(store.resolve("tdx-signing-chain.pem")));
    assertEquals(5, asked.size(), "each once");
  }

  private byte[] publishTdx() {
    byte[] tcb = document("tcbInfo", "TDX", Duration.ofDays(1), Duration.ofDays(29));
    byte[] identity = document("enclaveIdentity", "TD_QE", Duration.ofDays(1), Duration.ofDays(29));
    published.put("/tdx/certification/v4/tcb?fmspc=" + FMSPC, tcb);
    published.put("/tdx/certification/v4/qe/identity", identity);
    // What a list is, the library reads; any collateral stands for one here.
    for (String list :
        List.of(
            "/sgx/certification/v4/pckcrl?ca=platform&encoding=der",
            "/sgx/certification/v4/pckcrl?ca=processor&encoding=der",
            "/IntelSGXRootCA.der")) {
      published.put(list, chain);
    }
    return tcb;
  }

  @Test
  void theCertificateOfAChipIsFetchedByItsReport() throws IOException {
    SnpGuest guest = new SnpGuest();
    var _ = Files.write(folder.resolve("report.bin"), guest.report(new byte[64]));
    String vcek = "/vcek/v1/Milan/" + guest.chipId() + "?blSPL=03&teeSPL=01&snpSPL=08&ucodeSPL=68";
    published.put(vcek, chain);
    published.put("/vcek/v1/Milan/crl", chain);
    refusals.addAll(List.of(429, 503));
    Run fetched = fetch("--snp", "Milan", "--report", folder.resolve("report.bin").toString());
    assertEquals(0, fetched.exit(), fetched.err());
    assertEquals(
        List.of("/vcek/v1/Milan/crl", "/vcek/v1/Milan/crl", "/vcek/v1/Milan/crl", vcek), asked);
    assertEquals(
        List.of(
            "amd-milan.crl",
            "amd-vcek-" + guest.chipId().substring(0, 16) + "-0301000000000844.der"),
        names());
  }

  @Test
  void whatDoesNotComeLeavesWhatWasThere() throws IOException {
    put("amd-milan.crl", chain);
    Run absent = fetch("--snp", "Milan");
    assertEquals(3, absent.exit(), absent.err());
    assertTrue(absent.err().contains("answers 404"), absent.err());

    published.put("/vcek/v1/Milan/crl", new byte[] {1, 2, 3});
    assertEquals(1, fetch("--snp", "Milan").exit());
    assertArrayEquals(chain, Files.readAllBytes(store.resolve("amd-milan.crl")));

    refusals.addAll(List.of(429, 429, 429, 429));
    asked.clear();
    assertEquals(3, fetch("--snp", "Milan").exit());
    assertEquals(4, asked.size(), "not for ever");
    assertEquals(List.of("amd-milan.crl"), names());
  }

  @Test
  void oneProcessFetchesAtATime() throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                folder.resolve(".collateral.fetching"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      assertTrue(lock.isValid());
      Run second = fetch("--snp", "Milan");
      assertTrue(second.err().contains("fetches into"), second.err());
      assertEquals(List.of(), asked);
    }
  }

  @Test
  void aBundleIsTakenWholeOrNotAtAll() throws IOException {
    put("chain.pem", chain);
    put("tcb.json", document("tcbInfo", "TDX", Duration.ofDays(3), Duration.ofDays(27)));
    Run exported = run("export", "collateral", "--out", "bundle");
    assertEquals(0, exported.exit(), exported.err());
    String digest = exported.out().lines().toList().getLast();
    var _ = Files.createDirectory(folder.resolve("other"));
    assertEquals(1, run("import", "bundle", "--into", "other", "--index", "00".repeat(32)).exit());
    Run taken = run("import", "bundle", "--into", "other", "--index", digest);
    assertEquals(0, taken.exit(), taken.err());
    assertArrayEquals(chain, Files.readAllBytes(folder.resolve("other/chain.pem")));

    Files.delete(folder.resolve("other/chain.pem"));
    var _ =
        Files.write(
            folder.resolve("bundle/tcb.json"),
            document("tcbInfo", "TDX", Duration.ofDays(2), Duration.ofDays(27)));
    Run changed = run("import", "bundle", "--into", "other");
    assertEquals(1, changed.exit());
    assertTrue(changed.err().contains("tcb.json is not what the index says"), changed.err());
    assertTrue(Files.notExists(folder.resolve("other/chain.pem")));

    String index = Files.readString(folder.resolve("bundle/index.json"));
    var _ =
        Files.writeString(
            folder.resolve("bundle/index.json"), index.replace("chain.pem", "../chain.pem"));
    Run outside = run("import", "bundle", "--into", "other");
    assertTrue(outside.err().contains("plain name"), outside.err());
    assertEquals(2, run("export", "collateral", "--out", "bundle").exit());
  }

  @Test
  void misuseIsTold() {
    assertEquals(2, fetch().exit());
    assertEquals(2, fetch("--fmspc", "xyz").exit());
    assertEquals(2, fetch("--report", "report.bin").exit());
    assertEquals(
        2, run("fetch", "collateral", "--snp", "Milan", "--kds", "http://localhost").exit());
  }
}
