package dev.strongroom.attestation.nvidia;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.ASN1UTF8String;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.OtherName;
import org.jspecify.annotations.Nullable;

/**
 * What the leaf of a device says: the SPDM device name (DSP0274 section 10.6.1.2, an other name of
 * the subject) and the layer that it measured (TCG DICE Attestation Architecture, section 6.1).
 *
 * @param chip {@code GH100}, {@code GB100}, {@code LS_10}
 * @param deviceId of this one device: 16 hexadecimal digits
 * @param fwid SHA-384 of the firmware that holds the key
 */
record DeviceCertificate(String chip, String deviceId, Bytes fwid) {
  private static final int DIGITAL_SIGNATURE = 0;
  private static final String ALTERNATIVE_NAME = "2.5.29.17";
  private static final String DEVICE_NAME = "1.3.6.1.4.1.412.274.1";
  // Of Hopper and LS10: a composite device id, whose digest is the last.
  private static final String DICE_COMPOSITE = "2.23.133.5.4.1";
  // Of Blackwell on: DiceTcbInfo.
  private static final String DICE_TCB_INFO = "2.23.133.5.4.1.1";
  private static final int TCB_FWIDS = 6;
  private static final int TCB_FLAGS = 7;
  private static final int FLAG_NOT_SECURE = 1;
  private static final int FLAG_RECOVERY = 2;
  private static final int FLAG_DEBUG = 3;
  private static final int FWID_SIZE = 48;

  /** Whether a certificate is one that a device signs reports with. */
  static boolean isLeaf(X509Certificate certificate) {
    boolean[] usage = certificate.getKeyUsage();
    return certificate.getBasicConstraints() == -1
        && usage != null
        && usage[DIGITAL_SIGNATURE]
        && (certificate.getExtensionValue(DICE_COMPOSITE) != null
            || certificate.getExtensionValue(DICE_TCB_INFO) != null);
  }

  /**
   * Reads.
   *
   * @throws AttestationException {@link AttestationCode#ENDORSEMENT_MALFORMED}, or {@link
   *     AttestationCode#DEBUG_ENABLED} where its flags say so
   */
  static DeviceCertificate of(X509Certificate leaf) {
    try {
      String[] name = deviceName(leaf).split(":", -1);
      if (name.length != 3 || !name[0].equals("NVIDIA") || !isWord(name[1]) || !isWord(name[2])) {
        throw malformed("is not that of an NVIDIA device", null);
      }
      return new DeviceCertificate(name[1], name[2].toLowerCase(Locale.ROOT), fwid(leaf));
    } catch (IllegalArgumentException | ClassCastException | IndexOutOfBoundsException e) {
      throw malformed("has extensions that cannot be read", e);
    }
  }

  /** {@code HOPPER}, {@code BLACKWELL}, {@code LS10}, or the chip where that is another. */
  String architecture() {
    return switch (chip) {
      case "GH100" -> "HOPPER";
      case "LS_10" -> "LS10";
      default -> chip.startsWith("GB1") || chip.startsWith("GB2") ? "BLACKWELL" : chip;
    };
  }

  boolean isSwitch() {
    return chip.startsWith("LS");
  }

  private static boolean isWord(String text) {
    return !text.isEmpty()
        && text.chars().allMatch(c -> c == '_' || (c < 0x80 && Character.isLetterOrDigit(c)));
  }

  private static String deviceName(X509Certificate leaf) {
    for (GeneralName each :
        GeneralNames.getInstance(extension(leaf, ALTERNATIVE_NAME)).getNames()) {
      if (each.getTagNo() == GeneralName.otherName) {
        OtherName other = OtherName.getInstance(each.getName());
        if (other.getTypeID().getId().equals(DEVICE_NAME)) {
          return ASN1UTF8String.getInstance(other.getValue()).getString();
        }
      }
    }
    throw malformed("names no device", null);
  }

  private static Bytes fwid(X509Certificate leaf) {
    if (leaf.getExtensionValue(DICE_TCB_INFO) == null) {
      ASN1Sequence composite = ASN1Sequence.getInstance(extension(leaf, DICE_COMPOSITE));
      return digest(composite.getObjectAt(composite.size() - 1));
    }
    @Nullable Bytes fwid = null;
    for (ASN1Encodable each : ASN1Sequence.getInstance(extension(leaf, DICE_TCB_INFO))) {
      ASN1TaggedObject field = ASN1TaggedObject.getInstance(each);
      if (field.getTagNo() == TCB_FWIDS) {
        fwid = digest(ASN1Sequence.getInstance(field, false).getObjectAt(0));
      } else if (field.getTagNo() == TCB_FLAGS) {
        requireSecure(ASN1BitString.getInstance(field, false));
      }
    }
    if (fwid == null) {
      throw malformed("has no measurement of its firmware", null);
    }
    return fwid;
  }

  private static Bytes digest(ASN1Encodable algorithmAndDigest) {
    Bytes digest =
        Bytes.of(
            ASN1OctetString.getInstance(ASN1Sequence.getInstance(algorithmAndDigest).getObjectAt(1))
                .getOctets());
    if (digest.size() != FWID_SIZE) {
      throw malformed("has a measurement of its firmware that is not SHA-384", null);
    }
    return digest;
  }

  private static void requireSecure(ASN1BitString flags) {
    byte[] bits = flags.getOctets();
    for (int flag : List.of(FLAG_NOT_SECURE, FLAG_RECOVERY, FLAG_DEBUG)) {
      if (bits.length > 0 && (bits[0] & (0x80 >> flag)) != 0) {
        throw new AttestationException(
            AttestationCode.DEBUG_ENABLED,
            "the device's certificate says that its firmware runs in a debug, recovery or other"
                + " state that is not secure");
      }
    }
  }

  private static byte[] extension(X509Certificate leaf, String oid) {
    byte @Nullable [] extension = leaf.getExtensionValue(oid);
    if (extension == null) {
      throw malformed("has no extension " + oid, null);
    }
    return ASN1OctetString.getInstance(extension).getOctets();
  }

  private static AttestationException malformed(String problem, @Nullable Exception cause) {
    return new AttestationException(
        AttestationCode.ENDORSEMENT_MALFORMED, "the device's certificate " + problem, cause);
  }
}
