package dev.strongroom.keyservice;

/** Makes every service, in the order in which each needs the ones before; nothing else does. */
final class KeyServiceWiring {
  private static final Logger LOG = LoggerFactory.getLogger(KeyServiceWiring.class);
  private static final Duration HEARTBEAT = Duration.ofSeconds(15);
  private static final Duration SUMMARY_EVERY = Duration.ofMinutes(1);
  private static final int MAX_CONNECTIONS = 16_384;
  private static final long MAX_BUFFERED = 128L << 20;
  private static final int AT_ONCE = 4_096;

  private final KeyServiceConfig config;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  KeyServiceWiring(KeyServiceConfig config, InstantSource clock) {
    this.config = config;
    this.clock = clock;
  }

  /** Starts; what was opened is closed again when a later step fails. */
  KeyService start() {
    try {
      return wire();
    } catch (RuntimeException e) {
      KeyService.closeAll(opened);
      throw e;
    }
  }

  private KeyService wire() {
    TlsMaterial tls = tls();
    Foundations base = Foundations.lay(config, clock, random, opened);
    PolicyInForce policy =
        PolicyInForce.open(config.policyFile(), config.administrators(), base.ledger(), clock);
    LOG.atInfo().addKeyValue("policy", policy.get().digest().hex()).log("policy in force");
    TrustBundle trust = TrustBundleFile.bundle(config, base.grantKey(), base.logKeys());
    LOG.atInfo()
        .addKeyValue("file", TrustBundleFile.write(config.dataDir(), trust))
        .log("trust bundle written, for workloads to pin");
    Backends backends = backends(base);
    Limits limits = limits();
    List<Route> routes = routes(base, backends, policy, limits);
    Readiness readiness = readiness(base, backends);
    ServiceMeters.bind(meters, base.ledger(), base.log());
    Vertx vertx = vertx();
    opened.push(() -> vertx.close().await());
    ApiListener api = ApiListener.start(vertx, listener(), tls, routes, limits, meters);
    ManagementListener management =
        ManagementListener.start(
            vertx,
            config.management().host(),
            config.management().port(),
            tls,
            readiness,
            meters);
    LOG.atInfo()
        .addKeyValue("origin", config.origin())
        .addKeyValue("port", api.port())
        .addKeyValue("managementPort", management.port())
        .log("ready");
    return new KeyService(
        api,
        management,
        readiness,
        policy,
        trust,
        tls.certificate(),
        config.shutdown().drain(),
        opened);
  }

  private TlsMaterial tls() {
    TlsConfig given = config.listen().tls();
    TlsMaterial tls =
        given == null
            ? TlsMaterial.selfSigned(config.dataDir().resolve("tls"), config.origin().getHost())
            : TlsMaterial.of(given.certificate(), given.key());
    LOG.atInfo()
        .addKeyValue("certificate", tls.certificate())
        .addKeyValue("selfSigned", given == null)
        .log("certificate");
    return tls;
  }

  /** What may live in another process or machine. */
  private record Backends(
      KeyWrapper kek, ObjectStorage storage, Catalog catalog, ExplanationStore explanations) {}

  private List<Route> routes(
      Foundations base, Backends backends, PolicyInForce policy, Limits limits) {
    String origin = config.origin().toString();
    AppendingLedger ledger = base.ledger();
    TokenVerifier tokens = tokens();
    DenialSummary summary = new DenialSummary(clock);
    summarise(summary, ledger);
    Authoriser authoriser =
        new Authoriser(policy, ledger, backends.explanations(), random, clock);
    Callers callers =
        new Callers(
            new DpopVerifier(
                origin, tokens, clock, config.dpop().window(), config.dpop().replayEntries()),
            limits,
            authoriser,
            summary);
    ReadUrls urls = new ReadUrls(backends.storage(), config.storage().urlLifetime());
    int maxBody = Math.toIntExact(config.limits().bodyBytes().bytes());
    GrantRequestVerifier requests = new GrantRequestVerifier(origin, base.nonces(), maxBody);
    GrantFlow grants =
        new GrantFlow(
            requests,
            tokens,
            limits,
            new Appraiser(List.of()),
            policy,
            backends.catalog(),
            backends.kek(),
            new GrantWriter(origin, base.grantKey(), urls, random),
            ledger,
            new Denials(ledger, backends.explanations(), summary, random),
            clock);
    List<Route> routes = new ArrayList<>();
    routes.addAll(
        new GrantRoutes(base.nonces(), grants, ledger, meters, maxBody).routes());
    routes.addAll(leases(base, backends, callers, authoriser, urls));
    routes.addAll(new ModelRoutes(callers, backends.catalog()).routes());
    routes.addAll(
        new AuditRoutes(
                callers,
                new PublishedLog(base.log(), config.log().directory()),
                backends.explanations())
            .routes());
    routes.add(OpenApiRoute.route());
    return routes;
  }

  private List<Route> leases(
      Foundations base, Backends backends, Callers callers, Authoriser authoriser, ReadUrls urls) {
    String origin = config.origin().toString();
    AppendingLedger ledger = base.ledger();
    LeaseEvents events =
        new LeaseEvents(
            ledger,
            base.grantKey(),
            origin,
            clock,
            new LeaseEvents.Limits(
                config.leases().eventStreams(), LeaseEvents.Limits.DEFAULT.perLease()));
    opened.push(events);
    LeaseEnder ender = new LeaseEnder(ledger, clock);
    opened.push(ender);
    LeaseSweeper sweeper =
        new LeaseSweeper(ledger, ender, clock, System::nanoTime, LeaseSweeper.Limits.DEFAULT);
    opened.push(sweeper);
    sweeper.start();
    List<Route> routes = new ArrayList<>();
    routes.addAll(
        new LeaseRoutes(
                callers,
                new LeaseFlow(ledger, base.grantKey(), origin, clock),
                events,
                new LeaseUrls(ledger, backends.catalog(), urls, clock),
                new LeaseQuery(base.store().jdbi()),
                authoriser)
            .routes());
    routes.addAll(
        new RevocationRoutes(
                callers, new RevocationFlow(ledger, ender, clock, random), authoriser)
            .routes());
    return routes;
  }

  private TokenVerifier tokens() {
    ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
    opened.push(background);
    HttpClient http =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(config.identity().jwks().timeout())
            .build();
    opened.push(http);
    return new OidcTokenVerifier(config.identity(), http, clock, background);
  }

  private void summarise(DenialSummary summary, AppendingLedger ledger) {
    DenialReporter reporter = new DenialReporter(summary, ledger, SUMMARY_EVERY);
    opened.push(reporter);
    reporter.begin();
  }

  private Readiness readiness(Foundations base, Backends backends) {
    return new Readiness(
        List.of(
            new Readiness.Check("log", () -> LogProbe.write(config.log().directory())),
            new Readiness.Check(
                "projector",
                () ->
                    base.ledger()
                        .unreadiness()
                        .ifPresent(
                            problem -> {
                              throw problem;
                            })),
            new Readiness.Check(
                "store", () -> base.store().jdbi().useHandle(handle -> handle.execute("SELECT 1"))),
            new Readiness.Check("storage", () -> backends.storage().check()),
            new Readiness.Check("keyBackend", new KeyBackendProbe(backends.kek(), random))));
  }

  private Limits limits() {
    RatesConfig rates = config.limits().requestsPerSecond();
    return new Limits(
        new Limits.Settings(
            rates.perAddress(),
            rates.perIdentity(),
            rates.perModel(),
            rates.burst(),
            AT_ONCE,
            AT_ONCE));
  }

  private ListenerSettings listener() {
    return new ListenerSettings(
        config.listen().host(),
        config.listen().port(),
        Runtime.getRuntime().availableProcessors(),
        MAX_CONNECTIONS,
        Math.toIntExact(config.limits().headerBytes().bytes()),
        MAX_BUFFERED,
        config.limits().concurrentRequests(),
        config.limits().queuedRequests(),
        config.leases().eventStreams(),
        config.limits().requestTimeout(),
        config.limits().idleTimeout(),
        HEARTBEAT);
  }

  // Nothing is unpacked or cached on the disk: the root may be read-only.
  private static Vertx vertx() {
    return Vertx.vertx(
        new VertxOptions()
            .setFileSystemOptions(
                new FileSystemOptions()
                    .setFileCachingEnabled(false)
                    .setClassPathResolvingEnabled(false)));
  }
}
