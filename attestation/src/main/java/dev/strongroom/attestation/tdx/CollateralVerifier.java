package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.tdx.SignedDocument.Kind;
import dev.strongroom.attestation.x509.ChainVerifier;
import dev.strongroom.attestation.x509.EcdsaSignatures;
import dev.strongroom.attestation.x509.EcdsaSignatures.Curve;
import dev.strongroom.attestation.x509.VerifiedChain;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds TCB info and the identity of the quoting enclave among the endorsements and verifies them:
 * each signed by a TCB signing certificate that leads to the pinned root, current, and of the
 * platform. Of several that fit the latest counts. Remembers which documents were signed well, and
 * what it read from the endorsements that came last: a service gives the same again and again.
 */
final class CollateralVerifier {
  private static final int REMEMBERED = 256;
  private static final Comparator<Piece<?>> LATER =
      Comparator.<Piece<?>>comparingInt(piece -> piece.collateral().tcbEvaluationDataNumber())
          .thenComparing(piece -> piece.collateral().issueDate());

  private final ChainVerifier chains;
  private final Duration toleratedLateness;
  private final Remembered<X509Certificate> signers = new Remembered<>(REMEMBERED);
  private volatile Given last = new Given(Endorsements.NONE, List.of(), List.of());

  /** A document as read, by the digest of its file. */
  private record Piece<C extends Collateral>(Bytes key, SignedDocument document, C collateral) {}

  /**
   * What was read from endorsements, and not yet verified.
   *
   * @param signers the certificates that say they sign such
   */
  private record Given(
      Endorsements endorsements, List<Piece<?>> pieces, List<X509Certificate> signers) {}

  CollateralVerifier(ChainVerifier chains, Duration toleratedLateness) {
    this.chains = chains;
    this.toleratedLateness = toleratedLateness;
  }

  /**
   * The TCB info of this platform.
   *
   * @return empty when there is none of TDX at all
   * @throws AttestationException {@link AttestationCode#COLLATERAL_INVALID} when there is only one
   *     of another platform, or its signature does not verify; {@link
   *     AttestationCode#COLLATERAL_STALE}; {@link AttestationCode#ENDORSEMENT_MISSING} for its
   *     signing certificate; {@link AttestationCode#ENDORSEMENT_MALFORMED}; and as {@link
   *     ChainVerifier#verify}
   */
  Optional<TcbInfo> tcbInfo(PckIdentity platform, Verification against) {
    Given given = given(against.endorsements());
    List<Piece<TcbInfo>> all = pieces(given, Kind.TCB_INFO, TcbInfo.class);
    if (all.isEmpty()) {
      return Optional.empty();
    }
    Piece<TcbInfo> latest =
        all.stream()
            .filter(piece ->
                piece.collateral().fmspc().equals(platform.fmspc())
                    && piece.collateral().pceId().equals(platform.pceId()))
            .max(LATER)
            .orElseThrow(() -> otherPlatform(all.getFirst().collateral(), platform));
    return Optional.of(verified(latest, given, against));
  }

  /** The identity of the quoting enclave; else as {@link #tcbInfo}. */
  Optional<QeIdentity> qeIdentity(Verification against) {
    Given given = given(against.endorsements());
    return pieces(given, Kind.ENCLAVE_IDENTITY, QeIdentity.class).stream()
        .max(LATER)
        .map(latest -> verified(latest, given, against));
  }

  @SuppressWarnings("ReferenceEquality") // equal ones are read again; the same need not be compared
  private Given given(Endorsements endorsements) {
    Given known = last;
    if (known.endorsements() == endorsements) {
      return known;
    }
    List<Piece<?>> pieces = new ArrayList<>();
    for (Bytes file : endorsements.documents()) {
      SignedDocument.read(file).flatMap(CollateralVerifier::piece).ifPresent(pieces::add);
    }
    List<X509Certificate> signing =
        endorsements.certificates().stream().filter(IntelCertificates::isTcbSigning).toList();
    Given given = new Given(endorsements, List.copyOf(pieces), signing);
    last = given;
    return given;
  }

  private static Optional<Piece<?>> piece(SignedDocument document) {
    Bytes key = Remembered.key(document.content().array(), document.signature().array());
    return collateral(document).map(content -> new Piece<>(key, document, content));
  }

  private static <C extends Collateral> List<Piece<C>> pieces(
      Given given, Kind kind, Class<C> type) {
    return given.pieces().stream()
        .filter(piece -> piece.document().kind() == kind)
        .map(piece -> new Piece<>(piece.key(), piece.document(), type.cast(piece.collateral())))
        .toList();
  }

  private static Optional<? extends Collateral> collateral(SignedDocument document) {
    return switch (document.kind()) {
      case TCB_INFO -> TcbInfo.read(document.content());
      case ENCLAVE_IDENTITY -> QeIdentity.read(document.content());
    };
  }

  private <C extends Collateral> C verified(Piece<C> piece, Given given, Verification against) {
    X509Certificate signer = signer(piece, given.signers());
    VerifiedChain chain =
        chains.verify(signer, List.of(), against.endorsements().crls(), against.at());
    IntelCertificates.requireTcbSigning(chain);
    requireCurrent(piece.collateral(), against.at());
    signers.put(piece.key(), signer);
    return piece.collateral();
  }

  /** The certificate, among those given, under which the signature holds. */
  private X509Certificate signer(Piece<?> piece, List<X509Certificate> candidates) {
    if (candidates.isEmpty()) {
      throw new AttestationException(
          AttestationCode.ENDORSEMENT_MISSING,
          "the TCB signing certificate that the "
              + piece.collateral().what()
              + " is signed under was not given");
    }
    X509Certificate known = signers.get(piece.key());
    if (known != null && candidates.contains(known)) {
      return known;
    }
    AttestationException failure = null;
    for (X509Certificate candidate : candidates) {
      failure = failure(piece, candidate);
      if (failure == null) {
        return candidate;
      }
    }
    throw new AttestationException(
        AttestationCode.COLLATERAL_INVALID,
        "the signature of the " + piece.collateral().what() + " does not verify",
        failure);
  }

  private static @Nullable AttestationException failure(Piece<?> piece, X509Certificate candidate) {
    try {
      EcdsaSignatures.require(
          Curve.P256,
          candidate.getPublicKey(),
          piece.document().content().array(),
          piece.document().signature().array(),
          "the " + piece.collateral().what());
      return null;
    } catch (AttestationException e) {
      return e;
    }
  }

  private void requireCurrent(Collateral collateral, Instant at) {
    if (at.isBefore(collateral.issueDate())
        || at.isAfter(collateral.nextUpdate().plus(toleratedLateness))) {
      throw new AttestationException(
          AttestationCode.COLLATERAL_STALE,
          "the "
              + collateral.what()
              + " is of "
              + collateral.issueDate()
              + " to "
              + collateral.nextUpdate()
              + ", not current at "
              + at
              + "; fetch it again");
    }
  }

  private static AttestationException otherPlatform(TcbInfo info, PckIdentity platform) {
    return new AttestationException(
        AttestationCode.COLLATERAL_INVALID,
        "the TCB info is of the platforms with FMSPC "
            + info.fmspc()
            + " and PCEID "
            + info.pceId()
            + ", this one has FMSPC "
            + platform.fmspc()
            + " and PCEID "
            + platform.pceId());
  }
}
