package dev.strongroom.delivery.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.ObjectUrl;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.SealedVersion;
import dev.strongroom.delivery.progress.DeliveryEvent.SourceTrouble;
import dev.strongroom.delivery.retry.RetryLimits;
import dev.strongroom.delivery.retry.Timing;
import dev.strongroom.delivery.source.ObjectServer.Ending;
import dev.strongroom.delivery.source.ObjectServer.Manners;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpRangeSourceTest {
  private static final SealedVersion VERSION = SealedVersion.typical();
  private static final int FILE = VERSION.indexOf("shards/model-1.safetensors");
  private static final byte[] OBJECT = VERSION.objects().get(FILE);

  private final AtomicLong clock = new AtomicLong();
  private final Timing timing =
      new Timing(clock::get, () -> 0L, pause -> clock.addAndGet(pause.toNanos()));
  private ObjectServer server = ObjectServer.wellBehaved(VERSION.objects());

  @AfterEach
  void close() {
    server.close();
  }

  private void manners(Manners manners) {
    server.close();
    server = new ObjectServer(VERSION.objects(), manners);
  }

  private byte[] read(int offset, int length) {
    return read(server.urls(VERSION.manifest()), offset, length);
  }

  private byte[] read(ObjectUrls urls, int offset, int length) {
    RangeLimits limits =
        new RangeLimits(
            Duration.ofSeconds(2),
            Duration.ofMillis(300),
            RetryLimits.within(Duration.ofSeconds(20)),
            2);
    byte[] bytes = new byte[length];
    try (RangeStream stream =
        new HttpRangeSource(urls, limits, timing, 2, null)
            .open(new ObjectRange(FILE, offset, length, OBJECT.length))) {
      int half = length / 2;
      stream.readFully(bytes, 0, half);
      stream.readFully(bytes, half, length - half);
    }
    return bytes;
  }

  private void refuses(ProblemCode code, Manners manners) {
    manners(manners);
    Problem problem = assertThrows(Problem.class, () -> read(1000, 50_000));
    assertEquals(code, problem.code());
    assertFalse(problem.toString().contains("token="), "a URL is a secret");
  }

  private void recovers(Manners manners) {
    manners(manners);
    assertArrayEquals(Arrays.copyOfRange(OBJECT, 1000, 51_000), read(1000, 50_000));
  }

  private static Manners first(Manners misbehaviour) {
    return (request, right) -> request.number() == 1 ? misbehaviour.answer(request, right) : right;
  }

  @Test
  void givesTheBytesOfTheRangeAndSendsTheSignedHeaders() {
    assertArrayEquals(Arrays.copyOfRange(OBJECT, 7, 5007), read(7, 5000));
    assertEquals("\"etag-" + FILE + "\"", server.seen.element().headers().get("if-match"));
  }

  @Test
  void oneConnectionServesManyRanges() {
    ObjectUrls urls = server.urls(VERSION.manifest());
    try (HttpRangeSource source = new HttpRangeSource(urls, RangeLimits.DEFAULT, timing, 2, null)) {
      for (int i = 0; i < 20; i++) {
        try (RangeStream stream =
            source.open(new ObjectRange(FILE, i * 1000L, 1000, OBJECT.length))) {
          stream.readFully(new byte[1000], 0, 1000);
        }
      }
    }
    assertEquals(20, server.seen.size());
    assertEquals(1, server.connections());
  }

  @Test
  void anIdleConnectionThatTheStorageClosedIsReplacedAtOnce() {
    manners((request, right) ->
        new ObjectServer.Answer(206, right.headers(), right.body(), Ending.CLOSE));
    ObjectUrls urls = server.urls(VERSION.manifest());
    try (HttpRangeSource source = new HttpRangeSource(urls, RangeLimits.DEFAULT, timing, 2, null)) {
      for (int i = 0; i < 3; i++) {
        try (RangeStream stream =
            source.open(new ObjectRange(FILE, i * 1000L, 1000, OBJECT.length))) {
          stream.readFully(new byte[1000], 0, 1000);
        }
      }
    }
    assertEquals(3, server.connections());
    assertEquals(0, clock.get(), "nothing had to wait");
  }

  private List<SourceTrouble> troubles(int ranges) {
    List<SourceTrouble> troubles = new ArrayList<>();
    RangeLimits limits =
        new RangeLimits(
            Duration.ofSeconds(2),
            Duration.ofMillis(300),
            RetryLimits.within(Duration.ofSeconds(20)),
            2);
    try (HttpRangeSource source =
        new HttpRangeSource(
            server.urls(VERSION.manifest()),
            limits,
            timing,
            2,
            null,
            event -> troubles.add((SourceTrouble) event))) {
      for (int i = 0; i < ranges; i++) {
        byte[] bytes = new byte[1000];
        try (RangeStream stream =
            source.open(new ObjectRange(FILE, i * 1000L, 1000, OBJECT.length))) {
          stream.readFully(bytes, 0, 1000);
        }
        assertArrayEquals(Arrays.copyOfRange(OBJECT, i * 1000, (i + 1) * 1000), bytes);
      }
    }
    return troubles;
  }

  @Test
  void anAttemptThatIsMadeAgainIsToldOfWithoutItsUrl() {
    manners((request, right) -> request.number() <= 2 ? ObjectServer.plain(503) : right);
    List<SourceTrouble> troubles = troubles(1);
    assertEquals(List.of(1, 2), troubles.stream().map(SourceTrouble::attempt).toList());
    SourceTrouble trouble = troubles.getFirst();
    assertEquals("127.0.0.1:" + server.port(), trouble.host());
    assertEquals(ProblemCode.SOURCE_UNAVAILABLE, trouble.code());
    assertEquals("file " + FILE + ": the storage answers HTTP 503", trouble.message());
  }

  @Test
  void aStorageThatAnnouncesThatItClosesIsNotAskedThereAgain() {
    // It does not close either: who asked there again would wait for an answer that never comes.
    manners((request, right) -> {
      ObjectServer.Answer last = right.withHeader("Connection", "Keep-Alive, Close");
      return new ObjectServer.Answer(206, last.headers(), last.body(), Ending.STALL);
    });
    assertEquals(List.of(), troubles(3));
    assertEquals(3, server.connections());
  }

  @Test
  void aKeptConnectionThatHasGoneSilentIsToldOf() {
    manners((request, right) ->
        request.number() == 1
            ? new ObjectServer.Answer(206, right.headers(), right.body(), Ending.STALL)
            : right);
    List<SourceTrouble> troubles = troubles(2);
    assertEquals(1, troubles.size());
    assertTrue(troubles.getFirst().message().contains("silent for too long"));
    assertEquals(2, server.connections());
  }

  @Test
  void closingEndsARequestWhoseAnswerHasNotBegun() throws InterruptedException {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    manners((request, right) -> {
      asked.countDown();
      try {
        over.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return right;
    });
    Thread reader;
    try (HttpRangeSource source =
            new HttpRangeSource(
                server.urls(VERSION.manifest()), RangeLimits.DEFAULT, timing, 2, null);
        RangeStream stream = source.open(new ObjectRange(FILE, 0, 1000, OBJECT.length))) {
      reader =
          Thread.ofPlatform()
              .start(() ->
                  assertThrows(Problem.class, () -> stream.readFully(new byte[1000], 0, 1000)));
      asked.await();
    }
    assertTrue(reader.join(Duration.ofSeconds(10)));
    over.countDown();
  }

  /** Sends this again and again, a tenth of a second apart or as fast as it is taken. */
  private static void endless(String first, String more, boolean slowly) throws IOException {
    try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        StorageConnection connection =
            new StorageConnection(
                new RangeLimits(
                    Duration.ofSeconds(2),
                    Duration.ofMillis(500),
                    RetryLimits.within(Duration.ofSeconds(20)),
                    2),
                (SSLSocketFactory) SSLSocketFactory.getDefault())) {
      Thread.ofVirtual()
          .start(() -> {
            try (Socket peer = listening.accept()) {
              peer.setSoTimeout(100);
              peer.getOutputStream().write(first.getBytes(StandardCharsets.US_ASCII));
              while (true) {
                peer.getOutputStream().write(more.getBytes(StandardCharsets.US_ASCII));
                if (slowly) {
                  drain(peer);
                }
              }
            } catch (IOException e) {
              // Hung up on, as it should be.
            }
          });
      URI url = URI.create("http://127.0.0.1:" + listening.getLocalPort() + "/x");
      connection.connect(url);
      assertTimeoutPreemptively(
          Duration.ofSeconds(10),
          () -> assertThrows(IOException.class, () -> connection.get(url, Map.of())));
    }
  }

  private static void drain(Socket peer) throws IOException {
    try {
      while (peer.getInputStream().read() >= 0) {}
    } catch (SocketTimeoutException e) {
      // Time for the next byte.
    }
  }

  @Test
  void interimAnswersWithoutEndAreHungUpOn() throws IOException {
    endless("", "HTTP/1.1 100 Continue\r\n\r\n", false);
  }

  @Test
  void aHeadThatComesByteByByteIsHungUpOn() throws IOException {
    endless("HTTP/1.1 206 Partial Content\r\nX: ", "x", true);
  }

  @Test
  void closingEndsAReadThatWaits() throws InterruptedException {
    manners((request, right) -> right.cutTo(10, Ending.STALL));
    CompletableFuture<Problem> outcome = new CompletableFuture<>();
    Thread reader;
    try (HttpRangeSource source =
            new HttpRangeSource(
                server.urls(VERSION.manifest()), RangeLimits.DEFAULT, timing, 2, null);
        RangeStream stream = source.open(new ObjectRange(FILE, 0, 1000, OBJECT.length))) {
      reader =
          Thread.ofPlatform()
              .start(() ->
                  outcome.complete(
                      assertThrows(
                          Problem.class, () -> stream.readFully(new byte[1000], 0, 1000))));
      server.awaitRequest();
    }
    assertTrue(reader.join(Duration.ofSeconds(10)));
    assertEquals(ProblemCode.SOURCE_UNAVAILABLE, outcome.join().code());
  }

  @Test
  void anAnswerThatIsNotHttpIsUnavailable() {
    refuses(
        ProblemCode.SOURCE_UNAVAILABLE,
        (request, right) -> right.withHeader("No-Colon\r\nbroken", "x"));
  }

  @Test
  void aHeaderThatWouldSplitTheRequestIsRefused() {
    ObjectUrl right = server.sign(FILE);
    ObjectUrl split =
        new ObjectUrl(
            FILE, right.url(), Map.of("If-Match", "\"x\"\r\nHost: elsewhere"), OBJECT.length, 60);
    assertEquals(
        ProblemCode.SOURCE_MISBEHAVED, assertThrows(Problem.class, () -> urlsOf(split)).code());
  }

  @Test
  void anAnswerWithTheWholeObjectIsMisbehaviour() {
    refuses(ProblemCode.SOURCE_MISBEHAVED, (request, right) -> right.withStatus(200));
  }

  @Test
  void anotherRangeThanAskedForIsMisbehaviour() {
    refuses(
        ProblemCode.SOURCE_MISBEHAVED,
        (request, right) -> right.withHeader("Content-Range", "bytes 0-49999/" + OBJECT.length));
  }

  @Test
  void aMissingContentRangeIsMisbehaviour() {
    refuses(
        ProblemCode.SOURCE_MISBEHAVED, (request, right) -> right.withHeader("Content-Range", ""));
  }

  @Test
  void anotherObjectSizeIsAMismatch() {
    refuses(
        ProblemCode.CIPHERTEXT_LENGTH_MISMATCH,
        (request, right) ->
            right.withHeader("Content-Range", "bytes 1000-50999/" + (OBJECT.length + 4096)));
  }

  @Test
  void aShrunkObjectIsAMismatch() {
    refuses(ProblemCode.CIPHERTEXT_LENGTH_MISMATCH, (request, right) -> ObjectServer.plain(416));
  }

  @Test
  void anotherLengthThanTheRangeIsMisbehaviour() {
    refuses(
        ProblemCode.SOURCE_MISBEHAVED,
        (request, right) -> right.withHeader("Content-Length", "49999"));
    refuses(
        ProblemCode.SOURCE_MISBEHAVED,
        (request, right) -> right.withHeader("Content-Length", "50001"));
  }

  @Test
  void anEncodedBodyIsMisbehaviour() {
    refuses(
        ProblemCode.SOURCE_MISBEHAVED,
        (request, right) -> right.withHeader("Content-Encoding", "gzip"));
  }

  @Test
  void aBodyThatAlwaysEndsEarlyIsRefused() {
    refuses(ProblemCode.SOURCE_MISBEHAVED, (request, right) -> right.cutTo(100, Ending.CLOSE));
  }

  @Test
  void aBodyThatEndsEarlyOnceIsReadAgain() {
    recovers(first((request, right) -> right.cutTo(30_000, Ending.CLOSE)));
    assertTrue(server.seen.size() == 2 && server.seen.stream().toList().get(1).first() == 26_000);
  }

  @Test
  void aRedirectIsRefused() {
    refuses(
        ProblemCode.SOURCE_MISBEHAVED,
        (request, right) ->
            ObjectServer.plain(307).withHeader("Location", "http://169.254.169.254/"));
    assertTrue(server.seen.stream().allMatch(request -> request.object() == FILE));
  }

  @Test
  void aChangedObjectIsRefusedAtOnce() {
    refuses(
        ProblemCode.OBJECT_CHANGED,
        (request, right) ->
            request.number() == 1 ? right.cutTo(30_000, Ending.RESET) : ObjectServer.plain(412));
    assertEquals(2, server.seen.size());
  }

  @Test
  void aDeletedObjectIsRefusedAtOnce() {
    refuses(ProblemCode.OBJECT_CHANGED, (request, right) -> ObjectServer.plain(404));
    assertEquals(1, server.seen.size());
  }

  @Test
  void busyStorageIsAskedAgain() {
    recovers((request, right) -> request.number() <= 4 ? ObjectServer.plain(503) : right);
  }

  @Test
  void storageThatStaysBusyIsUnavailableAfterTheDeadline() {
    refuses(ProblemCode.SOURCE_UNAVAILABLE, (request, right) -> ObjectServer.plain(503));
    assertTrue(clock.get() <= Duration.ofSeconds(20).toNanos());
  }

  @Test
  void aResetIsReadAgain() {
    recovers(first((request, right) -> right.cutTo(10, Ending.RESET)));
  }

  @Test
  void aStallIsNoticedAndReadAgain() {
    recovers(first((request, right) -> right.cutTo(25_001, Ending.STALL)));
  }

  @Test
  void anExpiredUrlIsRefreshedOnceUnderTheLease() {
    ObjectUrls urls = server.urls(VERSION.manifest());
    server.expireTokens();
    assertArrayEquals(Arrays.copyOfRange(OBJECT, 0, 100), read(urls, 0, 100));
    assertEquals(2, server.seen.size());
  }

  @Test
  void aUrlThatIsRefusedAfterItsRefreshIsRefused() {
    refuses(ProblemCode.URL_EXPIRED, (request, right) -> ObjectServer.plain(403));
    assertEquals(2, server.seen.size());
  }

  @Test
  void aRefreshAfterTheEndOfTheLeaseEndsTheDelivery() {
    ObjectUrl stale = server.sign(FILE);
    server.expireTokens();
    ObjectUrls urls =
        new ObjectUrls(
            VERSION.manifest(),
            server.hosts(),
            List.of(stale),
            indexes -> {
              throw new Problem(ProblemCode.LEASE_ENDED, "the lease has ended");
            });
    assertEquals(
        ProblemCode.LEASE_ENDED, assertThrows(Problem.class, () -> read(urls, 0, 100)).code());
  }

  @Test
  void aUrlOfAForeignHostIsRefusedBeforeAnyRequest() {
    for (String url :
        List.of(
            "https://127.0.0.1:" + server.port() + "/object/0",
            "http://localhost:" + server.port() + "/object/0",
            "http://127.0.0.1:1/object/0",
            "http://user@127.0.0.1:" + server.port() + "/object/0",
            "file:///etc/passwd",
            "not a url")) {
      ObjectUrl foreign = new ObjectUrl(FILE, url, Map.of("If-Match", "\"x\""), OBJECT.length, 60);
      assertEquals(
          ProblemCode.STORAGE_HOST_REFUSED,
          assertThrows(Problem.class, () -> urlsOf(foreign)).code(),
          url);
    }
    assertTrue(server.seen.isEmpty());
  }

  @Test
  void aUrlOfAnotherSizeOrWithoutIfMatchIsRefused() {
    ObjectUrl right = server.sign(FILE);
    ObjectUrl larger = new ObjectUrl(FILE, right.url(), right.headers(), OBJECT.length + 1L, 60);
    ObjectUrl unpinned = new ObjectUrl(FILE, right.url(), Map.of(), OBJECT.length, 60);
    assertEquals(
        ProblemCode.CIPHERTEXT_LENGTH_MISMATCH,
        assertThrows(Problem.class, () -> urlsOf(larger)).code());
    assertEquals(
        ProblemCode.SOURCE_MISBEHAVED, assertThrows(Problem.class, () -> urlsOf(unpinned)).code());
  }

  @Test
  void urlsThatDidNotComeWithTheGrantAreAskedFor() {
    ObjectUrls urls =
        new ObjectUrls(
            VERSION.manifest(),
            server.hosts(),
            List.of(),
            indexes -> indexes.stream().map(server::sign).toList());
    assertArrayEquals(Arrays.copyOfRange(OBJECT, 0, 100), read(urls, 0, 100));
  }

  @Test
  void aConnectionThatIsRefusedIsUnavailable() {
    ObjectUrls urls = server.urls(VERSION.manifest());
    server.close();
    assertEquals(
        ProblemCode.SOURCE_UNAVAILABLE,
        assertThrows(Problem.class, () -> read(urls, 0, 100)).code());
  }

  private ObjectUrls urlsOf(ObjectUrl url) {
    return new ObjectUrls(VERSION.manifest(), server.hosts(), List.of(url), i -> List.of());
  }

  @Test
  void storageHostsAreOrigins() {
    StorageHosts hosts = StorageHosts.of(List.of("s3.example.org"));
    assertEquals("s3.example.org", hosts.check("https://s3.example.org/x?y").getHost());
    for (String bad : List.of("https://s3.example.org/path", "ftp://x", "", "https://a b")) {
      assertEquals(
          ProblemCode.CONFIGURATION_INVALID,
          assertThrows(Problem.class, () -> StorageHosts.of(List.of(bad))).code(),
          bad);
    }
    assertEquals(
        ProblemCode.CONFIGURATION_INVALID,
        assertThrows(Problem.class, () -> StorageHosts.of(List.of())).code());
  }
}
