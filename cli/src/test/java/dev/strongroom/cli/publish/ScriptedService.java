package dev.strongroom.cli.publish;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.strongroom.auditlog.AuditLog;
import dev.strongroom.auditlog.AuditLogConfig;
import dev.strongroom.auditlog.LogKeys;
import dev.strongroom.auditlog.Receipt;
import dev.strongroom.auditlog.VerifierKey;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.DpopClaims;
import dev.strongroom.core.grant.DraftBody;
import dev.strongroom.core.grant.DraftGrant;
import dev.strongroom.core.grant.DraftRequest;
import dev.strongroom.core.grant.DraftResponse;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ModelPattern;
import dev.strongroom.core.jose.PublicKeys;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.jose.UnverifiedJws;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.manifest.ManifestVerifier;
import dev.strongroom.core.manifest.ObjectName;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.manifest.VerifiedManifest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealedKey;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.core.trust.PinnedKey;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.testkit.objectstore.SelfSignedKeyStore;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A key service with an object store, for one version, over HTTPS: the publisher's part of the
 * protocol with real signatures, sealing and receipts. It keeps every part that ever arrived.
 */
final class ScriptedService implements AutoCloseable {
  static final int SEGMENT = 4096;
  static final String TOKEN = "token-of-the-publisher";

  private final SecureRandom random = new SecureRandom();
  private final SigningKey grantKey = SigningKey.generate(SignatureAlgorithm.ES256);
  private final SecretBytes dataKey = SecretBytes.random(32, random);
  private final DataKeyId dataKeyId = DataKeyId.random(random);
  private final HttpsServer server;
  private final AuditLog log;
  private final List<VerifierKey> logKeys;
  private final long partSize;
  private final AtomicInteger requests = new AtomicInteger();
  private final Map<String, StoredObject> objects = new ConcurrentHashMap<>();
  private volatile DraftId draft = DraftId.random(random);
  private volatile String writer = "";
  private final AtomicInteger fence = new AtomicInteger();
  private volatile Optional<Blob> published = Optional.empty();
  private volatile Optional<Upload.Published> publication = Optional.empty();
  volatile Interruption interruption = (number, request, phase) -> {};
  final AtomicInteger refuseUploads = new AtomicInteger();
  volatile boolean foreignGrantKey;
  volatile boolean foreignReceipt;

  /** What the log is told of the publication instead of the truth. */
  volatile Function<LogEvent.VersionPublished, LogEvent> alteration = event -> event;

  /** What becomes of the receipt of the publication on its way. */
  volatile UnaryOperator<String> noteAlteration = receipt -> receipt;

  /** What becomes of an upload URL on its way. */
  volatile UnaryOperator<String> urlAlteration = url -> url;

  private final Path certificate;
  private final List<PublisherKey> publishers = new ArrayList<>();

  /** Called around each request, to break off at a chosen moment. */
  interface Interruption {
    /**
     * @param phase "before" it is worked on, "after" that and before the answer
     */
    void at(int number, String request, String phase) throws IOException;
  }

  /** One object and every part that ever arrived for it. */
  static final class StoredObject {
    final long size;
    final Map<Integer, List<byte[]>> arrivals = new ConcurrentHashMap<>();
    volatile boolean completed;
    volatile boolean abandoned;

    byte[] latest(int part) {
      List<byte[]> bodies = arrivals.get(part);
      if (bodies == null) {
        throw new Problem(ProblemCode.OBJECT_MISMATCH, "the part never arrived");
      }
      return bodies.getLast();
    }

    StoredObject(long size) {
      this.size = size;
    }
  }

  ScriptedService(Path folder, long partSize) throws IOException, GeneralSecurityException {
    this.partSize = partSize;
    Files.createDirectories(folder);
    LogKeys keys =
        LogKeys.generate(folder.resolve("ed"), folder.resolve("ml"), "log.example.org/scripted");
    this.logKeys = keys.verifierKeys();
    this.log =
        AuditLog.open(AuditLogConfig.of(folder.resolve("log")), keys, InstantSource.system());
    SelfSignedKeyStore tls = TestTls.files();
    this.certificate = tls.certificate();
    this.server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context(tls)));
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  private static SSLContext context(SelfSignedKeyStore tls)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(tls.keyStore())) {
      store.load(in, tls.password().toCharArray());
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, tls.password().toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  String origin() {
    return "https://localhost:" + server.getAddress().getPort();
  }

  Path certificate() {
    return certificate;
  }

  void trustPublisher(PublisherKey key) {
    publishers.add(key);
  }

  TrustBundle trust() {
    SigningKey pinned = foreignGrantKey ? SigningKey.generate(SignatureAlgorithm.ES256) : grantKey;
    return new TrustBundle(
        TrustBundle.FORMAT,
        origin(),
        List.of(PinnedKey.of(pinned.publicKey())),
        new TrustBundle.LogTrust(
            "log.example.org/scripted",
            logKeys.stream()
                .map(key -> new TrustBundle.LogKey(key.toString(), null, null))
                .toList()),
        publishers.stream()
            .map(key ->
                new TrustBundle.Publisher(
                    "us", PinnedKey.of(key.publicKey()), List.of(new ModelPattern("*"))))
            .toList());
  }

  Map<String, StoredObject> objects() {
    return objects;
  }

  StoredObject object(String name) {
    StoredObject object = objects.get(name);
    if (object == null) {
      throw new Problem(ProblemCode.OBJECT_MISMATCH, "there is no such object");
    }
    return object;
  }

  /** What an operator does who gives the draft up: the next one to publish gets a new one. */
  void abandonDraft() {
    draft = DraftId.random(random);
    objects.values().forEach(object -> object.abandoned = true);
  }

  int requests() {
    return requests.get();
  }

  Optional<Blob> published() {
    return published;
  }

  /** The bytes of a completed object, from the last arrival of each part. */
  byte[] content(ObjectName name) {
    StoredObject object = object(name.value());
    byte[] whole = new byte[Math.toIntExact(object.size)];
    int offset = 0;
    for (int part = 1; part <= object.arrivals.size(); part++) {
      byte[] bytes = object.latest(part);
      System.arraycopy(bytes, 0, whole, offset, bytes.length);
      offset += bytes.length;
    }
    return whole;
  }

  SecretBytes dataKey() {
    return dataKey;
  }

  private void handle(HttpExchange exchange) throws IOException {
    int number = requests.incrementAndGet();
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
    try (exchange) {
      interruption.at(number, request, "before");
      byte[] body = exchange.getRequestBody().readAllBytes();
      byte[] answer;
      int status = 200;
      try {
        answer = answer(exchange, request, body);
      } catch (Problem e) {
        status = e.code().httpStatus();
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("type", "urn:strongroom:problem:" + e.code().wireName());
        document.put("title", e.code().wireName());
        document.put("status", status);
        document.put("code", e.code().wireName());
        document.put("detail", String.valueOf(e.getMessage()));
        answer = StrictJson.mapper().writeValueAsBytes(document);
      }
      interruption.at(number, request, "after");
      exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
      exchange.getResponseBody().write(answer);
    }
  }

  private byte[] answer(HttpExchange exchange, String request, byte[] body) throws IOException {
    String[] path = exchange.getRequestURI().getPath().split("/", -1);
    if (path[1].equals("storage")) {
      return put(exchange, path, body);
    }
    return StrictJson.mapper().writeValueAsBytes(serve(exchange, request, path, body));
  }

  private Object serve(HttpExchange exchange, String request, String[] path, byte[] body) {
    if (request.equals("POST /v1/nonces")) {
      return new Nonce("n".repeat(20) + Blob.of(random(16)).base64url(), in(120));
    }
    if (request.equals("POST /v1/drafts")) {
      return open(CanonicalJson.parse(body, DraftRequest.class, 1 << 20));
    }
    requireProof(exchange, body);
    if (request.equals("GET /v1/drafts")) {
      return Map.of("drafts", List.of(Map.of("draft", draft, "objects", liveObjects())));
    }
    if (request.startsWith("GET /v1/models/") && request.endsWith("/receipt")) {
      return publication.orElseThrow(
          () -> new Problem(ProblemCode.VERSION_UNKNOWN, "no version of this name is published"));
    }
    if (request.startsWith("GET /v1/models/")) {
      Blob manifest =
          published.orElseThrow(() -> new Problem(ProblemCode.VERSION_UNKNOWN, "no version"));
      return Map.of("manifest", manifest.base64url());
    }
    if (path[4].equals("finalise")) {
      return finalise(CanonicalJson.parse(body, Upload.Finalise.class, 1 << 24));
    }
    if (path.length == 5) {
      return begin(CanonicalJson.parse(body, Upload.Begin.class, 1 << 20));
    }
    StoredObject object = object(path[5]);
    if (path.length == 6) {
      object.abandoned = true;
      return Map.of();
    }
    if (object.abandoned) {
      throw new Problem(ProblemCode.OBJECT_MISMATCH, "the object was abandoned");
    }
    return path[6].equals("parts")
        ? parts(path[5], CanonicalJson.parse(body, Upload.PartsWanted.class, 1 << 20))
        : complete(object, CanonicalJson.parse(body, Upload.Complete.class, 1 << 20));
  }

  private List<Upload.ObjectState> liveObjects() {
    return objects.entrySet().stream()
        .filter(object -> !object.getValue().abandoned)
        .map(object -> new Upload.ObjectState(object.getKey(), object.getValue().size, null))
        .toList();
  }

  private void requireProof(HttpExchange exchange, byte[] body) {
    String header = exchange.getRequestHeaders().getFirst("DPoP");
    UnverifiedJws proof =
        UnverifiedJws.parse(
            header, MessageType.DPOP, DpopClaims.MAX_CHARS, ProblemCode.PROOF_INVALID);
    DpopClaims claims =
        CanonicalJson.parse(
            proof.verify(proof.headerKey(), ProblemCode.PROOF_INVALID), DpopClaims.class, 4096);
    String url = origin() + exchange.getRequestURI().getPath();
    boolean bound =
        claims.htm().equals(exchange.getRequestMethod())
            && claims.htu().equals(url)
            && claims.bodyHash().equals(Sha256Digest.of(body))
            && claims.ath().equals(DpopClaims.tokenHash(TOKEN));
    if (!bound) {
      throw new Problem(ProblemCode.PROOF_INVALID, "the proof is for another request");
    }
    boolean ofWriter = PublicKeys.thumbprint(proof.headerKey()).equals(writer);
    if (!ofWriter && exchange.getRequestURI().getPath().startsWith("/v1/drafts/")) {
      throw new Problem(ProblemCode.DRAFT_FENCED, "another writer has the draft");
    }
  }

  private DraftResponse open(DraftRequest request) {
    UnverifiedJws jws =
        UnverifiedJws.parse(
            request.request(), MessageType.DRAFT_REQUEST, 1 << 14, ProblemCode.PROOF_INVALID);
    DraftBody asked =
        CanonicalJson.parse(
            jws.verify(jws.headerKey(), ProblemCode.PROOF_INVALID), DraftBody.class, 1 << 14);
    if (published.isPresent()) {
      throw new Problem(ProblemCode.VERSION_EXISTS, "this version exists");
    }
    writer = PublicKeys.thumbprint(jws.headerKey());
    DraftGrant grant =
        new DraftGrant(
            DraftGrant.FORMAT,
            origin(),
            draft,
            fence.incrementAndGet(),
            asked.model(),
            asked.version(),
            dataKeyId,
            new Grant.Confirmation(writer),
            asked.suite(),
            Sha256Digest.of(asked.sealKey().bytes()),
            Nonce.hash(asked.nonce()),
            "issuer|publisher",
            SEGMENT,
            Instant.now().getEpochSecond());
    String signed = grantKey.sign(MessageType.DRAFT_GRANT, CanonicalJson.writeRecord(grant));
    SealedKey sealed =
        SealedKey.seal(
            asked.suite(),
            asked.sealKey().bytes(),
            DraftGrant.sealInfo(signed),
            grant.sealContext(),
            dataKey);
    Receipt receipt = record(released(grant, signed, sealed));
    return new DraftResponse(signed, sealed, Blob.of(receipt.leaf()), receipt.toDetachedText());
  }

  private LogEvent released(DraftGrant grant, String signed, SealedKey sealed) {
    return new LogEvent.DraftKeyReleased(
        Instant.now().toEpochMilli(),
        grant.draft(),
        grant.fence(),
        grant.model(),
        grant.version(),
        dataKeyId,
        grant.subject(),
        writer,
        grant.nonceHash(),
        2_000_000_000L,
        Sha256Digest.of((foreignReceipt ? "another" : signed).getBytes(StandardCharsets.US_ASCII)),
        sealed.digest(),
        Sha256Digest.of(new byte[0]));
  }

  private Receipt record(LogEvent event) {
    try {
      return log.submit(index -> EventCodec.write(event)).get(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException("the log of the test does not take the entry", e);
    }
  }

  private Upload.Begun begin(Upload.Begin begin) {
    String name = ObjectName.random(random).value();
    objects.put(name, new StoredObject(begin.size()));
    int parts = Math.toIntExact(Math.ceilDiv(begin.size(), partSize));
    return new Upload.Begun(name, partSize, parts);
  }

  private Upload.PartUrls parts(String name, Upload.PartsWanted wanted) {
    List<Upload.PartUrl> urls = new ArrayList<>();
    for (int part = wanted.first(); part < wanted.first() + wanted.count(); part++) {
      String url = origin() + "/storage/" + name + "/" + part + "?signature=of-the-test";
      urls.add(
          new Upload.PartUrl(
              part, urlAlteration.apply(url), Map.of("x-signed", "yes", "host", "localhost")));
    }
    return new Upload.PartUrls(urls);
  }

  private byte[] put(HttpExchange exchange, String[] path, byte[] body) throws IOException {
    if (refuseUploads.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      throw new Problem(ProblemCode.URL_EXPIRED, "the URL has lapsed");
    }
    if (!"yes".equals(exchange.getRequestHeaders().getFirst("x-signed"))) {
      throw new Problem(ProblemCode.URL_EXPIRED, "a signed header is missing");
    }
    StoredObject object = object(path[2]);
    object.arrivals.computeIfAbsent(Integer.valueOf(path[3]), n -> new ArrayList<>()).add(body);
    exchange.getResponseHeaders().add("ETag", "\"" + Sha256Digest.of(body) + "\"");
    return new byte[0];
  }

  private static Upload.Completed complete(StoredObject object, Upload.Complete complete) {
    long size = 0;
    for (Upload.Part part : complete.parts()) {
      byte[] bytes = object.latest(part.number());
      if (!part.etag().equals("\"" + Sha256Digest.of(bytes) + "\"")) {
        throw new Problem(ProblemCode.OBJECT_MISMATCH, "a part has another ETag");
      }
      size += bytes.length;
    }
    object.completed = true;
    return new Upload.Completed("\"whole\"", size);
  }

  private Upload.Published finalise(Upload.Finalise finalise) {
    VerifiedManifest manifest =
        new ManifestVerifier(publishers.stream().map(PublisherKey::publicKey).toList())
            .verify(finalise.manifest().bytes());
    manifest
        .manifest()
        .files()
        .forEach(file -> {
          StoredObject object = object(file.objectName().value());
          if (!object.completed || object.size != file.ciphertextSize()) {
            throw new Problem(ProblemCode.OBJECT_MISMATCH, "an object is not as the manifest says");
          }
        });
    if (liveObjects().size() != manifest.manifest().files().size()) {
      throw new Problem(ProblemCode.OBJECT_MISMATCH, "objects are left over; abandon them");
    }
    published = Optional.of(finalise.manifest());
    Sha256Digest digest = new Sha256Digest(manifest.digest().hex());
    Receipt receipt = record(alteration.apply(publication(manifest, digest)));
    Blob leaf = Blob.of(receipt.leaf());
    publication = Optional.of(new Upload.Published(digest, leaf, receipt.toDetachedText()));
    return new Upload.Published(digest, leaf, noteAlteration.apply(receipt.toDetachedText()));
  }

  private LogEvent.VersionPublished publication(VerifiedManifest manifest, Sha256Digest digest) {
    return new LogEvent.VersionPublished(
        Instant.now().toEpochMilli(),
        draft,
        manifest.manifest().model(),
        manifest.manifest().version(),
        dataKeyId,
        digest,
        manifest.signers().getFirst().hex(),
        "issuer|publisher",
        manifest.manifest().totals().files(),
        manifest.manifest().totals().plaintextBytes(),
        null);
  }

  private static long in(long seconds) {
    return Instant.now().getEpochSecond() + seconds;
  }

  private byte[] random(int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  @Override
  public void close() {
    server.stop(0);
    log.close();
  }
}
