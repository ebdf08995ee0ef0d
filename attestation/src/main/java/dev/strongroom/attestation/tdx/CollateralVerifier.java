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
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds TCB info and the identity of the quoting enclave among the endorsements and verifies them:
 * each signed by a TCB signing certificate that leads to the pinned root, current, and of the
 * platform. Of several that fit the latest counts. Remembers which documents were signed well.
 */
final class CollateralVerifier {
  private static final int REMEMBERED = 256;
  private static final Comparator<Piece<?>> LATER =
      Comparator.<Piece<?>>comparingInt(piece -> piece.collateral().tcbEvaluationDataNumber())
          .thenComparing(piece -> piece.collateral().issueDate());

  private final ChainVerifier chains;
  private final Duration toleratedLateness;
  private final Remembered<SignedPiece> remembered = new Remembered<>(REMEMBERED);

  /** A document as read, by the digest of its file. */
  private record Piece<C extends Collateral>(Bytes key, SignedDocument document, C collateral) {}

  /** A document whose signature holds, and the certificate that it holds under. */
  private record SignedPiece(Piece<?> piece, X509Certificate signer) {}

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
    List<Piece<TcbInfo>> all = pieces(against.endorsements(), Kind.TCB_INFO, TcbInfo.class);
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
    return Optional.of(verified(latest, against));
  }

  /** The identity of the quoting enclave; else as {@link #tcbInfo}. */
  Optional<QeIdentity> qeIdentity(Verification against) {
    return pieces(against.endorsements(), Kind.ENCLAVE_IDENTITY, QeIdentity.class).stream()
        .max(LATER)
        .map(latest -> verified(latest, against));
  }

  private <C extends Collateral> List<Piece<C>> pieces(
      Endorsements endorsements, Kind kind, Class<C> type) {
    return endorsements.documents().stream()
        .map(this::piece)
        .flatMap(Optional::stream)
        .filter(piece -> piece.document().kind() == kind)
        .map(piece -> new Piece<>(piece.key(), piece.document(), type.cast(piece.collateral())))
        .toList();
  }

  private Optional<? extends Piece<?>> piece(Bytes file) {
    Bytes key = Remembered.key(file.array());
    SignedPiece known = remembered.get(key);
    if (known != null) {
      return Optional.of(known.piece());
    }
    return SignedDocument.read(file)
        .flatMap(
            document -> collateral(document).map(content -> new Piece<>(key, document, content)));
  }

  private static Optional<? extends Collateral> collateral(SignedDocument document) {
    return switch (document.kind()) {
      case TCB_INFO -> TcbInfo.read(document.content());
      case ENCLAVE_IDENTITY -> QeIdentity.read(document.content());
    };
  }

  private <C extends Collateral> C verified(Piece<C> piece, Verification against) {
    X509Certificate signer = signer(piece, against.endorsements());
    VerifiedChain chain =
        chains.verify(signer, List.of(), against.endorsements().crls(), against.at());
    IntelCertificates.requireTcbSigning(chain);
    requireCurrent(piece.collateral(), against.at());
    remembered.put(piece.key(), new SignedPiece(piece, signer));
    return piece.collateral();
  }

  /** The certificate, among those given, under which the signature holds. */
  private X509Certificate signer(Piece<?> piece, Endorsements endorsements) {
    List<X509Certificate> candidates =
        endorsements.certificates().stream().filter(IntelCertificates::isTcbSigning).toList();
    if (candidates.isEmpty()) {
      throw new AttestationException(
          AttestationCode.ENDORSEMENT_MISSING,
          "the TCB signing certificate that the "
              + piece.collateral().what()
              + " is signed under was not given");
    }
    SignedPiece known = remembered.get(piece.key());
    if (known != null && candidates.contains(known.signer())) {
      return known.signer();
    }
    AttestationException last = null;
    for (X509Certificate candidate : candidates) {
      last = failure(piece, candidate);
      if (last == null) {
        return candidate;
      }
    }
    throw new AttestationException(
        AttestationCode.COLLATERAL_INVALID,
        "the signature of the " + piece.collateral().what() + " does not verify",
        last);
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
