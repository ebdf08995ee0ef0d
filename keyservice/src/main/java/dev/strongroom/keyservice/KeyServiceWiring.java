package dev.strongroom.keyservice;

import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.config.SpiffeConfig;
import dev.strongroom.keyservice.evidence.Appraiser;
import dev.strongroom.keyservice.evidence.CollateralFolder;
import dev.strongroom.keyservice.evidence.EvidenceVerifier;
import dev.strongroom.keyservice.evidence.HardwareEvidence;
import dev.strongroom.keyservice.grant.Authoriser;
import dev.strongroom.keyservice.grant.DenialSummary;
import dev.strongroom.keyservice.grant.Denials;
import dev.strongroom.keyservice.grant.GrantFlow;
import dev.strongroom.keyservice.grant.GrantWriter;
import dev.strongroom.keyservice.grant.LeaseUrls;
import dev.strongroom.keyservice.grant.ReadUrls;
import dev.strongroom.keyservice.grant.RefusalBudget;
import dev.strongroom.keyservice.http.ApiListener;
import dev.strongroom.keyservice.http.AuditRoutes;
import dev.strongroom.keyservice.http.Callers;
import dev.strongroom.keyservice.http.DraftRoutes;
import dev.strongroom.keyservice.http.EraseRoutes;
import dev.strongroom.keyservice.http.ExposureRoutes;
import dev.strongroom.keyservice.http.GrantRoutes;
import dev.strongroom.keyservice.http.KeyRoutes;
import dev.strongroom.keyservice.http.LeaseRoutes;
import dev.strongroom.keyservice.http.Limits;
import dev.strongroom.keyservice.http.ManagementListener;
import dev.strongroom.keyservice.http.ModelRoutes;
import dev.strongroom.keyservice.http.OpenApiRoute;
import dev.strongroom.keyservice.http.Readiness;
import dev.strongroom.keyservice.http.RevocationRoutes;
import dev.strongroom.keyservice.http.Route;
import dev.strongroom.keyservice.http.TlsMaterial;
import dev.strongroom.keyservice.identity.Identities;
import dev.strongroom.keyservice.identity.IssuerRouter;
import dev.strongroom.keyservice.identity.OidcTokenVerifier;
import dev.strongroom.keyservice.identity.TokenRouter;
import dev.strongroom.keyservice.identity.TokenVerifier;
import dev.strongroom.keyservice.identity.spiffe.JwtSvidVerifier;
import dev.strongroom.keyservice.identity.spiffe.SpiffeBundles;
import dev.strongroom.keyservice.identity.spiffe.X509SvidVerifier;
import dev.strongroom.keyservice.keys.DataKeyEraser;
import dev.strongroom.keyservice.keys.KekEraser;
import dev.strongroom.keyservice.keys.KeysFlow;
import dev.strongroom.keyservice.kms.WrappingGate;
import dev.strongroom.keyservice.lease.LeaseEnder;
import dev.strongroom.keyservice.lease.LeaseEvents;
import dev.strongroom.keyservice.lease.LeaseFlow;
import dev.strongroom.keyservice.lease.LeaseSweeper;
import dev.strongroom.keyservice.lease.RevocationFlow;
import dev.strongroom.keyservice.ledger.AppendingLedger;
import dev.strongroom.keyservice.ledger.ExposureQuery;
import dev.strongroom.keyservice.ledger.LeaseQuery;
import dev.strongroom.keyservice.ledger.PublishedLog;
import dev.strongroom.keyservice.ledger.WipeQuery;
import dev.strongroom.keyservice.posture.Clusters;
import dev.strongroom.keyservice.proof.DpopVerifier;
import dev.strongroom.keyservice.proof.GrantRequestVerifier;
import dev.strongroom.keyservice.publish.AuditLogHistory;
import dev.strongroom.keyservice.publish.PublishFlow;
import dev.strongroom.keyservice.publish.PublishLimits;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes every service, in the order in which each needs the ones before; nothing else does. */
final class KeyServiceWiring {
  private static final Logger LOG = LoggerFactory.getLogger(KeyServiceWiring.class);
  private static final Duration SUMMARY_EVERY = Duration.ofMinutes(1);
  private static final Duration LOOK_AT_POLICY_EVERY = Duration.ofSeconds(5);
  private static final Duration LOOK_AT_COLLATERAL_EVERY = Duration.ofSeconds(30);
  private static final Duration LOOK_UNTIL_READY_EVERY = Duration.ofSeconds(5);

  private final KeyServiceConfig config;
  private final List<AttestationVerifier> verifiers;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final WrappingGate gate = new WrappingGate();
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /**
   * @param verifiers of evidence of hardware
   */
  KeyServiceWiring(
      KeyServiceConfig config, List<AttestationVerifier> verifiers, InstantSource clock) {
    this.config = config;
    this.verifiers = verifiers;
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
    // Before anything is put into it: who comes first decides its mode.
    Foundations.folder(config.dataDir());
    TlsMaterial tls = Network.tls(config);
    Foundations base = Foundations.lay(config, clock, random, opened);
    Policies policy = Policies.open(config, base, clock, opened);
    TrustBundle trust = TrustBundleFile.bundle(config, base.grantKey(), base.logKeys());
    Backends backends = Backends.open(config, base, clock, random, meters, opened);
    ClusterAccess kubernetes = ClusterAccess.open(config.identity(), clock, opened);
    // All files of the operator are read by now. What fails before this line leaves no entry.
    base.recordStart(config, clock, random);
    policy.source().begin();
    PolicyWatch.announce(policy.source().get());
    PolicyWatch watch = new PolicyWatch(policy.source());
    opened.push(watch);
    LOG.atInfo()
        .addKeyValue("file", TrustBundleFile.write(config.dataDir(), trust))
        .log("trust bundle written, for workloads to pin");
    Limits limits = Network.limits(config.limits());
    SpiffeBundles bundles = bundles();
    List<Route> routes = routes(base, backends, kubernetes, policy, trust, limits, bundles);
    Readiness readiness = readiness(base, backends, kubernetes, bundles);
    ServiceMeters.bind(meters, base.ledger(), base.log());
    ServiceMeters.bind(meters, policy.decisions());
    Vertx vertx = Network.vertx();
    opened.push(() -> vertx.close().await());
    ApiListener api =
        ApiListener.start(vertx, Network.listener(config), tls, routes, limits, meters);
    ManagementListener management =
        ManagementListener.start(
            vertx, config.management().host(), config.management().port(), tls, readiness, meters);
    watch.begin(LOOK_AT_POLICY_EVERY);
    LOG.atInfo()
        .addKeyValue("origin", config.origin())
        .addKeyValue("port", api.port())
        .addKeyValue("managementPort", management.port())
        .log("listening");
    beReady(readiness);
    return new KeyService(
        api,
        management,
        readiness,
        watch,
        trust,
        tls.certificate(),
        routes,
        config.shutdown().drain(),
        opened);
  }

  private void beReady(Readiness readiness) {
    Thread first =
        Thread.ofVirtual()
            .name("readiness")
            .start(() -> {
              try {
                readiness.awaitFirst(() -> Thread.sleep(LOOK_UNTIL_READY_EVERY));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    opened.push(first::interrupt);
  }

  private List<Route> routes(
      Foundations base,
      Backends backends,
      ClusterAccess kubernetes,
      Policies policy,
      TrustBundle trust,
      Limits limits,
      @Nullable SpiffeBundles bundles) {
    String origin = config.origin().toString();
    AppendingLedger ledger = base.ledger();
    Clusters clusters = kubernetes.clusters();
    Identities identities = identities(kubernetes, bundles);
    DenialSummary summary = new DenialSummary(clock);
    summarise(summary, ledger);
    RefusalBudget refusals = RefusalBudget.ofService();
    Authoriser authoriser =
        new Authoriser(
            policy.observed(), ledger, backends.explanations(), random, clock, refusals, summary);
    Callers callers =
        new Callers(
            new DpopVerifier(
                origin, identities, clock, config.dpop().window(), config.dpop().replayEntries()),
            limits,
            authoriser,
            summary);
    ReadUrls urls = new ReadUrls(backends.storage(), config.storage().urlLifetime());
    int maxBody = Math.toIntExact(config.limits().bodyBytes().bytes());
    GrantRequestVerifier requests = new GrantRequestVerifier(origin, base.nonces(), maxBody);
    GrantFlow grants =
        new GrantFlow(
            requests,
            identities,
            limits,
            appraiser(),
            clusters,
            policy.observed(),
            backends.catalog(),
            backends.dataKeys(),
            new GrantWriter(origin, base.grantKey(), urls, random),
            ledger,
            new Denials(ledger, backends.explanations(), summary, random, refusals),
            clock);
    PublishFlow publishing = publishing(base, backends, policy, trust, refusals, summary);
    List<Route> routes = new ArrayList<>();
    routes.addAll(new GrantRoutes(base.nonces(), grants, ledger, meters, maxBody).routes());
    RevocationFlow revocations =
        leases(base, backends, clusters, callers, authoriser, urls, routes);
    routes.addAll(
        new DraftRoutes(callers, requests, identities, limits, ledger, publishing, summary)
            .routes());
    routes.addAll(new ModelRoutes(callers, backends.catalog(), publishing).routes());
    KeysFlow keys = keys(base, backends);
    routes.addAll(new KeyRoutes(callers, keys).routes());
    routes.addAll(erasure(base, backends, callers, authoriser, revocations, keys));
    routes.addAll(
        new AuditRoutes(
                callers,
                new PublishedLog(base.log(), config.log().directory()),
                backends.explanations())
            .routes());
    routes.addAll(policy.routes(callers, origin));
    routes.add(OpenApiRoute.route());
    return routes;
  }

  private KeysFlow keys(Foundations base, Backends backends) {
    KeysFlow flow =
        new KeysFlow(
            backends.kek(),
            gate,
            new WrappedKeyStore(base.store().jdbi()),
            backends.catalog(),
            base.ledger(),
            clock);
    opened.push(flow);
    return flow;
  }

  private PublishFlow publishing(
      Foundations base,
      Backends backends,
      Policies policy,
      TrustBundle trust,
      RefusalBudget refusals,
      DenialSummary summary) {
    return new PublishFlow(
        config.origin().toString(),
        base.grantKey(),
        policy.observed(),
        trust.publishers(),
        base.store().jdbi(),
        backends.kek(),
        gate,
        backends.storage(),
        base.ledger(),
        new AuditLogHistory(base.log()),
        backends.explanations(),
        refusals,
        summary,
        PublishLimits.DEFAULT,
        random,
        clock);
  }

  private List<Route> erasure(
      Foundations base,
      Backends backends,
      Callers callers,
      Authoriser authoriser,
      RevocationFlow revocations,
      KeysFlow keys) {
    DataKeyEraser dataKeys =
        new DataKeyEraser(
            base.store(),
            backends.catalog(),
            backends.dataKeys(),
            base.ledger(),
            revocations,
            clock);
    opened.push(dataKeys);
    ServiceMeters.bind(meters, dataKeys);
    dataKeys.completeAll();
    backends.heldKeys().requireAll();
    KekEraser keks =
        new KekEraser(
            backends.kek(),
            backends.dataKeys(),
            gate,
            keys::isMoving,
            new WrappedKeyStore(base.store().jdbi()),
            base.ledger(),
            clock);
    return new EraseRoutes(callers, authoriser, dataKeys, keks).routes();
  }

  private RevocationFlow leases(
      Foundations base,
      Backends backends,
      Clusters clusters,
      Callers callers,
      Authoriser authoriser,
      ReadUrls urls,
      List<Route> routes) {
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
        new LeaseSweeper(
            ledger,
            ender,
            clock,
            System::nanoTime,
            LeaseSweeper.Limits.of(
                config.leases().sweepEvery(), config.leases().wipeAcknowledgeWithin()));
    opened.push(sweeper);
    sweeper.start();
    routes.addAll(
        new LeaseRoutes(
                callers,
                new LeaseFlow(ledger, clusters, base.grantKey(), origin, clock),
                events,
                new LeaseUrls(ledger, backends.catalog(), urls, clock),
                new LeaseQuery(base.store().jdbi()),
                authoriser)
            .routes());
    RevocationFlow revocations =
        new RevocationFlow(ledger, ender, backends.dataKeys(), clock, random);
    routes.addAll(
        new RevocationRoutes(
                callers, revocations, new WipeQuery(base.store().jdbi(), ledger), authoriser)
            .routes());
    routes.addAll(
        new ExposureRoutes(callers, new ExposureQuery(base.store().jdbi(), ledger), authoriser)
            .routes());
    return revocations;
  }

  private Appraiser appraiser() {
    Supplier<Endorsements> collateral = collateral();
    return new Appraiser(
        verifiers.stream()
            .<EvidenceVerifier>map(each -> new HardwareEvidence(each, collateral))
            .toList());
  }

  private Supplier<Endorsements> collateral() {
    Path folder = config.attestation().collateral();
    if (folder == null) {
      return () -> Endorsements.NONE;
    }
    CollateralFolder collateral = new CollateralFolder(folder);
    opened.push(collateral);
    collateral.begin(LOOK_AT_COLLATERAL_EVERY);
    return collateral;
  }

  private @Nullable SpiffeBundles bundles() {
    SpiffeConfig spiffe = config.identity().spiffe();
    if (spiffe == null) {
      return null;
    }
    SpiffeBundles bundles = new SpiffeBundles(spiffe, clock);
    opened.push(bundles);
    return bundles;
  }

  private Identities identities(ClusterAccess kubernetes, @Nullable SpiffeBundles bundles) {
    SpiffeConfig spiffe = config.identity().spiffe();
    if (spiffe == null || bundles == null) {
      return new Identities(tokens(kubernetes), null);
    }
    int remember = config.identity().tokenCache();
    return new Identities(
        new TokenRouter(
            config.identity(),
            tokens(kubernetes),
            new JwtSvidVerifier(spiffe, bundles, clock, remember)),
        spiffe.clientCertificates() ? new X509SvidVerifier(bundles, clock, remember) : null);
  }

  private TokenVerifier tokens(ClusterAccess kubernetes) {
    ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
    opened.push(background);
    HttpClient http =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(config.identity().jwks().timeout())
            .build();
    opened.push(http);
    return new IssuerRouter(
        kubernetes.verifiers(), new OidcTokenVerifier(config.identity(), http, clock, background));
  }

  private void summarise(DenialSummary summary, AppendingLedger ledger) {
    DenialReporter reporter = new DenialReporter(summary, ledger, SUMMARY_EVERY);
    opened.push(reporter);
    reporter.begin();
  }

  private Readiness readiness(
      Foundations base,
      Backends backends,
      ClusterAccess kubernetes,
      @Nullable SpiffeBundles bundles) {
    List<Readiness.Check> checks = new ArrayList<>();
    checks.add(new Readiness.Check("log", () -> LogProbe.write(config.log().directory())));
    checks.add(
        new Readiness.Check(
            "projector",
            () ->
                base.ledger()
                    .unreadiness()
                    .ifPresent(problem -> {
                      throw problem;
                    })));
    checks.add(
        new Readiness.Check(
            "store", () -> base.store().jdbi().useHandle(handle -> handle.execute("SELECT 1"))));
    checks.add(new Readiness.Check("storage", () -> backends.storage().check()));
    if (bundles != null) {
      checks.add(new Readiness.Check("trust-bundles", bundles::check));
    }
    checks.addAll(
        KeyBackendProbe.of(
            backends.kek(), backends.heldKeys(), new WrappedKeyStore(base.store().jdbi()), random));
    checks.addAll(kubernetes.checks());
    return new Readiness(checks);
  }
}
