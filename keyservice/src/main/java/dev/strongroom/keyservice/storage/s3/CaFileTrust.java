package dev.strongroom.keyservice.storage.s3;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.files.AuthorityFile;
import java.nio.file.Path;
import javax.net.ssl.TrustManager;
import software.amazon.awssdk.http.TlsTrustManagersProvider;

/** Trusts the certificates of one PEM file and no others. */
final class CaFileTrust implements TlsTrustManagersProvider {
  private final TrustManager[] managers;

  /**
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the file cannot be read or holds
   *     no certificate
   */
  CaFileTrust(Path file) {
    this.managers = AuthorityFile.trustManagers(file, "the storage's");
  }

  @Override
  public TrustManager[] trustManagers() {
    return managers.clone();
  }
}
