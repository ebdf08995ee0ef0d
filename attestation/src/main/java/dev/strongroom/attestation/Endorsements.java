package dev.strongroom.attestation;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What comes along with evidence, of any vendor and in any order.
 *
 * @param certificates leaves and intermediates; a root among them is not trusted for being here
 * @param crls revocation lists
 * @param documents JSON and XML collateral, as it was signed
 */
public record Endorsements(
    List<X509Certificate> certificates, List<X509CRL> crls, List<Bytes> documents) {
  /** None. */
  public static final Endorsements NONE = new Endorsements(List.of(), List.of(), List.of());

  private static final int MAX_FILES = 64;
  private static final int MAX_BYTES = 4 << 20;
  private static final int MAX_CERTIFICATES = 64;
  private static final Pattern PEM =
      Pattern.compile(
          "-----BEGIN (CERTIFICATE|X509 CRL)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");

  private static final Pattern PEM_BEGIN =
      Pattern.compile("-----BEGIN (CERTIFICATE|X509 CRL)-----");

  public Endorsements {
    certificates = List.copyOf(certificates);
    crls = List.copyOf(crls);
    documents = List.copyOf(documents);
  }

  /**
   * Reads files: PEM (several in one file, and text around them), DER of a certificate or a
   * revocation list, the certificate table of a SEV-SNP host ({@code auxblob} of configfs-tsm), or
   * JSON.
   *
   * @throws AttestationException {@link AttestationCode#ENDORSEMENT_MALFORMED} when one is none of
   *     these, or there are too many
   */
  public static Endorsements parse(List<byte[]> files) {
    if (files.size() > MAX_FILES) {
      throw malformed("there are more than " + MAX_FILES + " endorsements", null);
    }
    Reading reading = new Reading();
    files.forEach(reading::add);
    return new Endorsements(reading.certificates, reading.crls, reading.documents);
  }

  /** These and those. */
  public Endorsements and(Endorsements others) {
    if (others.equals(NONE)) {
      return this; // what is remembered of these is found by their identity
    }
    return new Endorsements(
        join(certificates, others.certificates),
        join(crls, others.crls),
        join(documents, others.documents));
  }

  private static <T> List<T> join(List<T> first, List<T> second) {
    List<T> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  private static AttestationException malformed(String message, @Nullable Exception cause) {
    return new AttestationException(AttestationCode.ENDORSEMENT_MALFORMED, message, cause);
  }

  private static final class Reading {
    private final List<X509Certificate> certificates = new ArrayList<>();
    private final List<X509CRL> crls = new ArrayList<>();
    private final List<Bytes> documents = new ArrayList<>();

    void add(byte[] file) {
      if (file.length > MAX_BYTES) {
        throw malformed("an endorsement has more than " + MAX_BYTES + " bytes", null);
      }
      if (CertificateTable.isOne(file)) {
        CertificateTable.contents(file).forEach(this::single);
      } else {
        single(file);
      }
    }

    private void single(byte[] file) {
      String text = new String(file, StandardCharsets.ISO_8859_1);
      if (text.contains("-----BEGIN ")) {
        pem(text);
      } else if (text.stripLeading().startsWith("{") || text.stripLeading().startsWith("<")) {
        documents.add(Bytes.of(file));
      } else {
        der(file);
      }
    }

    private void pem(String text) {
      Matcher blocks = PEM.matcher(text);
      int found = 0;
      while (blocks.find()) {
        found++;
        byte[] content = decoded(blocks.group(2));
        if (blocks.group(1).equals("CERTIFICATE")) {
          certificate(content);
        } else {
          crl(content);
        }
      }
      if (found == 0) {
        throw malformed("a PEM file has neither certificate nor revocation list", null);
      }
      // A revocation list passed over in silence would be one that is not checked.
      if (found != PEM_BEGIN.matcher(text).results().count()) {
        throw malformed("a PEM file has a block that is not whole", null);
      }
    }

    private static byte[] decoded(String base64) {
      try {
        return Base64.getMimeDecoder().decode(base64);
      } catch (IllegalArgumentException e) {
        throw malformed("a PEM file has no base64 in it", e);
      }
    }

    private void der(byte[] file) {
      try {
        certificate(file);
      } catch (AttestationException notCertificate) {
        try {
          crl(file);
        } catch (AttestationException e) {
          throw malformed(
              "an endorsement is neither PEM, DER of X.509, a certificate table, JSON nor XML",
              notCertificate);
        }
      }
    }

    private void certificate(byte[] der) {
      try {
        ByteArrayInputStream in = new ByteArrayInputStream(der);
        certificates.add(
            (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in));
        requireEnd(in);
      } catch (CertificateException e) {
        throw malformed("an endorsement is no X.509 certificate", e);
      }
      if (certificates.size() > MAX_CERTIFICATES) {
        throw malformed("there are more than " + MAX_CERTIFICATES + " certificates", null);
      }
    }

    private void crl(byte[] der) {
      try {
        ByteArrayInputStream in = new ByteArrayInputStream(der);
        crls.add((X509CRL) CertificateFactory.getInstance("X.509").generateCRL(in));
        requireEnd(in);
      } catch (CRLException | CertificateException e) {
        throw malformed("an endorsement is no X.509 revocation list", e);
      }
    }

    // The next certificate of a file of several would be passed over in silence.
    private static void requireEnd(ByteArrayInputStream in) {
      if (in.available() > 0) {
        throw malformed("an endorsement has " + in.available() + " bytes after its DER", null);
      }
    }
  }
}
