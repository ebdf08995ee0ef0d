package dev.strongroom.attestation.x509;

import dev.strongroom.attestation.Endorsements;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What a vendor's chains end in, and the intermediates that it publishes beside them.
 *
 * @param roots trusted as they are
 * @param intermediates known, not trusted: they must lead to a root
 */
public record PinnedRoots(List<X509Certificate> roots, List<X509Certificate> intermediates) {

  public PinnedRoots {
    roots = List.copyOf(roots);
    intermediates = List.copyOf(intermediates);
  }

  /**
   * Those in the PEM resources beside a class. {@code SOURCES.md} there says where each is from and
   * what its SHA-256 fingerprint is.
   *
   * @param rootsResource the PEM file of roots
   * @param intermediatesResources PEM files of intermediates
   */
  public static PinnedRoots resources(
      Class<?> beside, String rootsResource, String... intermediatesResources) {
    Endorsements intermediates =
        Endorsements.parse(
            List.of(intermediatesResources).stream().map(name -> read(beside, name)).toList());
    return new PinnedRoots(
        Endorsements.parse(List.of(read(beside, rootsResource))).certificates(),
        intermediates.certificates());
  }

  private static byte[] read(Class<?> beside, String name) {
    try (InputStream in = beside.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("there is no resource " + name + " beside " + beside);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
