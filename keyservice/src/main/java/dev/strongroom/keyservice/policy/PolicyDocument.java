package dev.strongroom.keyservice.policy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.id.ModelPattern;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KeyServiceConfig.SubjectConfig;
import dev.strongroom.keyservice.config.yaml.Bounds;
import dev.strongroom.keyservice.config.yaml.Default;
import dev.strongroom.keyservice.config.yaml.Fault;
import dev.strongroom.keyservice.config.yaml.Reading;
import dev.strongroom.keyservice.config.yaml.RecordReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A policy as it is written: who may do what with which models, under which conditions and terms.
 * Normative: {@code docs/spec/policy.md}. Nothing is allowed that no binding allows.
 *
 * @param format {@value #FORMAT}
 * @param bindings who may do what
 * @param conditions what must hold besides; all that apply
 * @param leases terms of leases; the most specific pattern decides
 * @param evidence what evidence is wanted; the most specific pattern decides
 * @param pods what pods may look like; the most specific pattern decides
 * @param identities which identities must come together; the most specific pattern decides
 */
public record PolicyDocument(
    String format,
    @Default("") List<Binding> bindings,
    @Default("") List<Condition> conditions,
    @Default("") List<LeaseRule> leases,
    @Default("") List<EvidenceRule> evidence,
    @Default("") List<PodRule> pods,
    @Default("") List<IdentityRule> identities) {
  public static final String FORMAT = "strongroom-policy/v1";

  /** The binding that stands for the administrators of the configuration. */
  public static final String ADMINISTRATORS = "administrators";

  public PolicyDocument {
    check(FORMAT.equals(format), "format: '" + FORMAT + "' is wanted");
    bindings = List.copyOf(bindings);
    conditions = List.copyOf(conditions);
    leases = List.copyOf(leases);
    evidence = List.copyOf(evidence);
    pods = List.copyOf(pods);
    identities = List.copyOf(identities);
    requireDistinct("bindings", bindings.stream().map(Binding::name).toList());
    requireDistinct("conditions", conditions.stream().map(Condition::name).toList());
    requireDistinct("leases", patterns(leases.stream().map(LeaseRule::models).toList()));
    requireDistinct("evidence", patterns(evidence.stream().map(EvidenceRule::models).toList()));
    requireDistinct("pods", patterns(pods.stream().map(PodRule::models).toList()));
    requireDistinct("identities", patterns(identities.stream().map(IdentityRule::models).toList()));
  }

  /**
   * Reads a policy file.
   *
   * @return the document, or every fault with its line
   */
  public static Reading<PolicyDocument> read(Path file) {
    try {
      return parse(Files.readString(file, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return new Reading.Invalid<>(List.of(Fault.unreadable(e)));
    }
  }

  /** Reads a policy text. */
  public static Reading<PolicyDocument> parse(String yaml) {
    return RecordReader.read(yaml, PolicyDocument.class, Path.of("/"), null);
  }

  /**
   * This policy, with the administrators of the configuration: they may revoke and audit every
   * model, rotate keys, and apply policies that were approved. They may neither decrypt nor
   * publish.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the policy has a binding of that
   *     name already
   */
  public PolicyDocument withAdministrators(List<SubjectConfig> administrators) {
    if (administrators.isEmpty()) {
      return this;
    }
    List<Binding> all = new ArrayList<>(bindings);
    all.add(
        new Binding(
            ADMINISTRATORS,
            List.of(Action.REVOKE, Action.AUDIT, Action.KEYS, Action.POLICY),
            administrators.stream()
                .map(each -> new SubjectMatch(each.issuer(), each.subject(), Map.of()))
                .toList(),
            List.of(new ModelPattern("*")),
            null));
    return new PolicyDocument(format, all, conditions, leases, evidence, pods, identities);
  }

  /** SHA-256 over the canonical JSON of the whole document, defaults included. */
  public Sha256Digest digest() {
    return Sha256Digest.of(CanonicalJson.write(canonical()));
  }

  /** The whole document, defaults included. */
  public JsonNode canonical() {
    return RecordJson.of(this);
  }

  /**
   * Who may do what.
   *
   * @param subjects one of them must match
   * @param models one of them must cover the model
   * @param versions null for all; an action on a whole model or on no model needs null
   */
  public record Binding(
      String name,
      List<Action> actions,
      List<SubjectMatch> subjects,
      List<ModelPattern> models,
      @Nullable List<VersionId> versions) {
    public Binding {
      actions = List.copyOf(actions);
      subjects = List.copyOf(subjects);
      models = List.copyOf(models);
      versions = versions == null ? null : List.copyOf(versions);
      check(
          !actions.isEmpty() && !subjects.isEmpty() && !models.isEmpty(),
          "actions, subjects and models may not be empty");
    }
  }

  /**
   * A subject, exactly, or whoever has these claims.
   *
   * @param issuer exactly
   * @param subject exactly; null when the claims decide
   * @param claims by name, or by JSON Pointer (RFC 6901) where the key begins with a slash; each
   *     must equal the text, or be a list that holds it
   */
  public record SubjectMatch(
      String issuer, @Nullable String subject, @Default("") Map<String, String> claims) {
    public SubjectMatch {
      claims = Map.copyOf(claims);
      check(
          subject != null || !claims.isEmpty(),
          "a subject or claims are wanted: an issuer alone would match everybody");
    }
  }

  /**
   * What must hold besides a binding.
   *
   * @param versions null for all
   * @param expression CEL of type bool
   * @param explain a sentence for the operator who reads why it did not hold
   */
  public record Condition(
      String name,
      List<ModelPattern> models,
      @Nullable List<VersionId> versions,
      @Default("decrypt") List<Action> actions,
      String expression,
      @Nullable String explain) {
    public Condition {
      models = List.copyOf(models);
      actions = List.copyOf(actions);
      versions = versions == null ? null : List.copyOf(versions);
      check(!models.isEmpty() && !actions.isEmpty(), "models and actions may not be empty");
      CelExpression.compile(expression);
    }
  }

  /**
   * Terms of leases.
   *
   * @param ttl where the holder wants none
   * @param max the longest that a holder may want; longer wishes are cut to it
   * @param renewAtPercent of the lease, when the holder renews
   * @param grace how long weights may stay past the lease while the service cannot be reached
   * @param onExpiry what holders may want to happen then
   * @param modes how weights may be delivered
   */
  public record LeaseRule(
      List<ModelPattern> models,
      @Default("10m") @Bounds(min = "5s", max = "1d") Duration ttl,
      @Default("1h") @Bounds(min = "5s", max = "1d") Duration max,
      @Default("50") @Bounds(min = "10", max = "90") Integer renewAtPercent,
      @Default("5m") @Bounds(min = "0s", max = "1d") Duration grace,
      @Default("wipe") List<ExpiryMode> onExpiry,
      @Default("sidecar") List<DeliveryMode> modes) {

    /** The terms where no rule speaks of a model. */
    public static final LeaseRule PRESET =
        new LeaseRule(
            List.of(new ModelPattern("*")),
            Duration.ofMinutes(10),
            Duration.ofHours(1),
            50,
            Duration.ofMinutes(5),
            List.of(ExpiryMode.WIPE),
            List.of(DeliveryMode.SIDECAR));

    public LeaseRule {
      models = List.copyOf(models);
      onExpiry = List.copyOf(onExpiry);
      modes = List.copyOf(modes);
      check(
          !models.isEmpty() && !onExpiry.isEmpty() && !modes.isEmpty(),
          "models, onExpiry and modes may not be empty");
      check(ttl.compareTo(max) <= 0, "ttl may not exceed max");
    }
  }

  /**
   * What evidence is wanted before a data key is released. Where no rule speaks of a model, any one
   * piece of verified evidence is.
   *
   * @param allowUnattested whether no evidence at all will do
   * @param anyOf one of these types at least; empty for any type
   * @param allOf each of these types
   * @param maxAge how long after evidence was verified leases are still renewed on it
   */
  public record EvidenceRule(
      List<ModelPattern> models,
      @Default("false") Boolean allowUnattested,
      @Default("") List<String> anyOf,
      @Default("") List<String> allOf,
      @Default("1d") @Bounds(min = "1m", max = "30d") Duration maxAge) {

    /** The types that can be verified. */
    public static final List<String> TYPES =
        List.of("sev-snp", "tdx", "tpm", "azure-snp-vtpm", "nitro", "nvidia-gpu");

    /** What is wanted where no rule speaks of a model. */
    public static final EvidenceRule PRESET =
        new EvidenceRule(
            List.of(new ModelPattern("*")), false, List.of(), List.of(), Duration.ofDays(1));

    public EvidenceRule {
      models = List.copyOf(models);
      anyOf = List.copyOf(anyOf);
      allOf = List.copyOf(allOf);
      check(!models.isEmpty(), "models may not be empty");
      check(
          TYPES.containsAll(anyOf) && TYPES.containsAll(allOf),
          "a type of evidence is one of sev-snp, tdx, tpm, azure-snp-vtpm, nitro, nvidia-gpu");
      check(
          !allowUnattested || (anyOf.isEmpty() && allOf.isEmpty()),
          "allowUnattested and a list of types contradict each other");
    }
  }

  /**
   * Which identities must come together before a data key is released. Where no rule speaks of a
   * model, any one will do. What is shown beyond that is verified all the same.
   *
   * @param anyOf one of these at least; empty for any
   * @param allOf each of these
   * @param sameSpiffeId whether a JWT-SVID and an X.509-SVID that come together must have one
   *     SPIFFE ID: otherwise a stolen token works over the connection of anybody with an SVID
   */
  public record IdentityRule(
      List<ModelPattern> models,
      @Default("") List<String> anyOf,
      @Default("") List<String> allOf,
      @Default("true") Boolean sameSpiffeId) {

    private static final Set<String> KINDS =
        Set.of("oidc", "kubernetes", "spiffe-jwt", "spiffe-x509");

    /** What is wanted where no rule speaks of a model. */
    public static final IdentityRule PRESET =
        new IdentityRule(List.of(new ModelPattern("*")), List.of(), List.of(), true);

    public IdentityRule {
      models = List.copyOf(models);
      anyOf = List.copyOf(anyOf);
      allOf = List.copyOf(allOf);
      check(!models.isEmpty(), "models may not be empty");
      check(
          KINDS.containsAll(anyOf) && KINDS.containsAll(allOf),
          "an identity is one of oidc, kubernetes, spiffe-jwt, spiffe-x509");
    }

    /** Whether these are identities that it wants. */
    public boolean isMetBy(List<String> kinds) {
      return kinds.containsAll(allOf)
          && (anyOf.isEmpty() || kinds.stream().anyMatch(anyOf::contains));
    }
  }

  private static void check(boolean condition, String message) {
    if (!condition) {
      throw new Problem(ProblemCode.CONFIGURATION_INVALID, message);
    }
  }

  private static List<String> patterns(List<List<ModelPattern>> rules) {
    return rules.stream().flatMap(List::stream).map(ModelPattern::value).toList();
  }

  private static void requireDistinct(String where, List<String> names) {
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      check(seen.add(name), where + ": '" + name + "' is there twice");
    }
  }
}
