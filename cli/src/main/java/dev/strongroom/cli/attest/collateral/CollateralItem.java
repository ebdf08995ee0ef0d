package dev.strongroom.cli.attest.collateral;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing in the folder, as it says itself: signatures are verified when evidence is.
 *
 * @param file it is in
 * @param kind {@code certificate}, {@code revocation-list}, {@code tcb-info}, {@code
 *     enclave-identity}, {@code reference-measurements} or {@code document}
 * @param name issuer of a list, subject of a certificate, platform of TCB info
 * @param thisUpdate since when it holds; null where it does not say
 * @param nextUpdate until when; null where it does not say
 */
record CollateralItem(
    String file,
    String kind,
    String name,
    @Nullable Instant thisUpdate,
    @Nullable Instant nextUpdate) {

  /** Whether it can be used. */
  enum State {
    CURRENT,
    STALE,
    NOT_YET,
    UNDATED
  }

  State state(Instant now) {
    if (nextUpdate == null || thisUpdate == null) {
      return State.UNDATED;
    }
    return now.isAfter(nextUpdate)
        ? State.STALE
        : now.isBefore(thisUpdate) ? State.NOT_YET : State.CURRENT;
  }

  /**
   * What a file has.
   *
   * @throws dev.strongroom.attestation.AttestationException when it is no collateral
   */
  static List<CollateralItem> of(String file, byte[] content) {
    Endorsements read = Endorsements.parse(List.of(content));
    List<CollateralItem> items = new ArrayList<>();
    for (X509Certificate each : read.certificates()) {
      items.add(
          new CollateralItem(
              file,
              "certificate",
              each.getSubjectX500Principal().getName(),
              each.getNotBefore().toInstant(),
              each.getNotAfter().toInstant()));
    }
    for (X509CRL each : read.crls()) {
      Date next = each.getNextUpdate();
      items.add(
          new CollateralItem(
              file,
              "revocation-list",
              each.getIssuerX500Principal().getName(),
              each.getThisUpdate().toInstant(),
              next == null ? null : next.toInstant()));
    }
    read.documents().forEach(each -> items.add(document(file, each)));
    return items;
  }

  private static CollateralItem document(String file, Bytes document) {
    byte[] bytes = document.array();
    if (bytes.length > 0 && bytes[0] == '<') {
      return new CollateralItem(file, "reference-measurements", "", null, null);
    }
    try {
      JsonNode tree = CanonicalJson.parseForeign(bytes, bytes.length);
      JsonNode tcb = tree.path("tcbInfo");
      JsonNode identity = tree.path("enclaveIdentity");
      if (tcb.isObject()) {
        String name = tcb.path("id").asText() + " FMSPC " + tcb.path("fmspc").asText();
        return dated(file, "tcb-info", name, tcb);
      }
      if (identity.isObject()) {
        return dated(file, "enclave-identity", identity.path("id").asText(), identity);
      }
    } catch (Problem e) {
      return new CollateralItem(file, "document", "", null, null); // named by what it is not
    }
    return new CollateralItem(file, "document", "", null, null);
  }

  private static CollateralItem dated(String file, String kind, String name, JsonNode signed) {
    return new CollateralItem(
        file, kind, name, time(signed, "issueDate"), time(signed, "nextUpdate"));
  }

  private static @Nullable Instant time(JsonNode signed, String name) {
    try {
      return Instant.parse(signed.path(name).asText());
    } catch (DateTimeException e) {
      return null;
    }
  }
}
