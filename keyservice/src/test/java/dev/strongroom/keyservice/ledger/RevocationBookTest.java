package dev.strongroom.keyservice.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.event.Holding;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.TcbFloor;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.keyservice.ledger.LedgerView.Revocation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RevocationBookTest {
  private static final String CHIP = "ab".repeat(64);
  private static final String MEASUREMENT = "3e".repeat(48);
  private static final String IMAGE = "sha256:" + "0".repeat(64);
  private static final EvidenceClaims SNP =
      new EvidenceClaims(
          Map.of(
              "sev-snp",
              Map.of(
                  "chip_id",
                  CHIP,
                  "measurement",
                  MEASUREMENT,
                  "product",
                  "Milan",
                  "reported_tcb",
                  Map.of("microcode", 114L))));

  private final RevocationBook book = new RevocationBook();

  private static Holding holding(
      @Nullable LeaseId lease, List<String> types, EvidenceClaims claims) {
    return new Holding(
        lease,
        "issuer|chat",
        "spiffe://prod.test/ns/ml/sa/chat",
        "pod-1",
        "j".repeat(43),
        Events.CHAT,
        types,
        claims,
        Holding.Place.of(Events.pod("pod-1")));
  }

  private static Holding attested() {
    return holding(new LeaseId("lease-" + "1".repeat(32)), List.of("sev-snp"), SNP);
  }

  private static Holding unattested() {
    return holding(null, List.of(), EvidenceClaims.NONE);
  }

  private Revocation stand(RevocationSelector selector, int number) {
    Revocation revocation =
        new Revocation(
            new RevocationId("rev-%032x".formatted(number)), selector, "a test", "issuer|admin", 1);
    book.add(revocation);
    return revocation;
  }

  private static RevocationSelector selector(Map<String, String> fields) {
    return StrictJson.mapper().convertValue(fields, RevocationSelector.class);
  }

  /** Each field alone, with what the holder has and with what another one has. */
  @ParameterizedTest
  @CsvSource({
    "chip, CHIP, true",
    "chip, 50806f000000, false",
    "measurement, MEASUREMENT, true",
    "measurement, 4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f, false",
    "tcbBelow, 'sev-snp:microcode=115,product=Milan', true",
    "tcbBelow, 'sev-snp:microcode=114,product=Milan', false",
    "tcbBelow, 'sev-snp:microcode=115,product=Genoa', false",
    "tcbBelow, tdx:pcesvn=5, false",
    "evidence, sev-snp, true",
    "evidence, tdx, false",
    "image, IMAGE, true",
    "image, sha256:1111111111111111111111111111111111111111111111111111111111111111, false",
    "subject, issuer|chat, true",
    "subject, spiffe://prod.test|spiffe://prod.test/ns/ml/sa/chat, true",
    "subject, issuer|spiffe://prod.test/ns/ml/sa/chat, false",
    "subject, spiffe://prod.test|spiffe://prod.test/ns/ml/sa, false",
    "node, node-1, true",
    "node, node-11, false"
  })
  void eachFieldMeetsWhoHasIt(String field, String value, boolean meets) {
    String whole =
        switch (value) {
          case "CHIP" -> CHIP;
          case "MEASUREMENT" -> MEASUREMENT;
          case "IMAGE" -> IMAGE;
          default -> value;
        };
    Revocation revocation = stand(selector(Map.of(field, whole)), 1);
    assertEquals(meets, book.ofAsker(attested()).isPresent());
    assertEquals(meets, book.ofLease(attested()).isPresent());
    assertFalse(revocation.selector().deniesEverybody(Events.CHAT));
    book.lift(revocation.id());
    assertFalse(book.ofAsker(attested()).isPresent());
  }

  @Test
  void whoShowsNoEvidenceIsMetByNoneOfIt() {
    stand(selector(Map.of("chip", CHIP)), 1);
    stand(selector(Map.of("tcbBelow", "sev-snp:microcode=115,product=Milan")), 2);
    stand(selector(Map.of("evidence", "sev-snp")), 3);
    assertFalse(book.ofAsker(unattested()).isPresent());
  }

  @ParameterizedTest
  @CsvSource({
    "model, acme/other",
    "subject, issuer|other",
    "podUid, pod-2",
    "node, node-2",
    "evidence, tdx",
    "tcbBelow, 'sev-snp:microcode=1,product=Milan'"
  })
  void allThatIsNamedHasToMatch(String field, String other) {
    Map<String, String> fields = new LinkedHashMap<>(Map.of("chip", CHIP));
    fields.put(field, other);
    stand(selector(fields), 1);
    assertFalse(book.ofAsker(attested()).isPresent());
    assertFalse(book.ofLease(attested()).isPresent());
  }

  @Test
  void severalThatMatchMeet() {
    RevocationSelector all =
        new RevocationSelector(
            null,
            "issuer|chat",
            "pod-1",
            "j".repeat(43),
            new ModelName("acme/chat"),
            Events.CHAT.version(),
            CHIP,
            MEASUREMENT,
            TcbFloor.parse("sev-snp:microcode=115,product=Milan"),
            "sev-snp",
            IMAGE,
            "node-1");
    stand(all, 1);
    assertTrue(book.ofAsker(attested()).isPresent());
    assertTrue(book.ofLease(attested()).isPresent());
  }

  @Test
  void aRevocationOfAChipOnOneModelDeniesNoOther() {
    RevocationSelector chat = selector(Map.of("chip", CHIP, "model", "acme/chat"));
    stand(chat, 1);
    assertTrue(book.ofAsker(attested()).isPresent());
    assertFalse(chat.deniesEverybody(Events.CHAT));
  }
}
